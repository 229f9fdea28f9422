// A local tenant with its proxy, two registrations in it, and the programs of other people's clients run against it.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPeers } from '../../scripts/install-peers.ts'
import { startTenant, type Tenant } from '../../src/tenant/index.ts'
import { makeClientCertificate } from '../client-certificate.ts'
import { graphAccess, jsonOf, startLab, type Lab } from '../openid-client/lab.ts'
import type { PublishedKeys } from '../verify-outside.ts'
import type { ClientInput, Outcome } from './clients/cases.ts'

export const folder = new URL('./', import.meta.url)
export const ada = 'ada@contoso.example'
const userReadAll = 'df021288-bdef-4463-88db-98f22de89214'

export interface ClientLab {
  readonly tenant: Tenant
  readonly input: ClientInput
  keys(): Promise<PublishedKeys>
  /** Runs one program of `clients/` with the environment of the proxy alone; resolves with its cases' outcomes. */
  run(program: string, only?: readonly string[]): Promise<Record<string, Outcome>>
  close(): Promise<void>
}

/** @param options.signingKey A private key (PEM) that signs instead of the published one. */
export async function startClientLab(options: { signingKey?: string } = {}): Promise<ClientLab> {
  installPeers(folder)
  // A key that is not published cannot be used to register anything: the registrations are made before it is.
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-clients-'))
  const dataDir = join(dir, 'tenant')
  const first = await startLab({ proxy: true, dataDir })
  const input = await register(first)
  let { tenant } = first
  if (options.signingKey) {
    await tenant.close()
    tenant = (await startLab({ proxy: true, dataDir, signingKey: options.signingKey })).tenant
  }
  return {
    tenant,
    input,
    async keys() {
      const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/discovery/v2.0/keys`)
      return (await reply.json()) as PublishedKeys
    },
    run: (program, only) =>
      runProgram(dir, { tenant, program, input: { ...input, ...(only ? { only } : {}) } }),
    async close() {
      await tenant.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A tenant of GCC High with two applications; its clients are told its cloud's names and nothing else. */
export async function startGovernmentLab(): Promise<Pick<ClientLab, 'tenant' | 'input' | 'run' | 'close'>> {
  installPeers(folder)
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-clients-'))
  const tenant = await startTenant({ cloud: 'gcc-high', proxy: true, dataDir: join(dir, 'tenant') })
  const app = async (body: object) => {
    const reply = await fetch(`${tenant.origin}/_letterlock/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.controlToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ consent: 'all', ...body }),
    })
    return (await reply.json()) as { clientId: string; secrets: { secretText: string }[] }
  }
  const publicClient = await app({
    displayName: 'Device',
    publicClient: true,
    redirectUris: { publicClient: ['http://localhost'] },
    permissions: { delegated: ['User.Read'] },
  })
  const confidential = await app({
    displayName: 'Service',
    permissions: { application: ['User.Read.All'] },
    secrets: [{}],
  })
  const input: ClientInput = {
    tenantId: tenant.tenantId,
    authority: `https://login.microsoftonline.us/${tenant.tenantId}`,
    graph: 'https://graph.microsoft.us',
    publicClientId: publicClient.clientId,
    confidentialClientId: confidential.clientId,
    secret: confidential.secrets[0]!.secretText,
    certificate: { pem: '', keyPem: '', sha256: '' },
    apiScope: '',
    version2Scope: '',
    person: { login: ada, password: tenant.users.find((one) => one.userPrincipalName === ada)!.password },
  }
  return {
    tenant,
    input,
    run: (program, only) =>
      runProgram(dir, { tenant, program, input: { ...input, ...(only ? { only } : {}) } }),
    async close() {
      await tenant.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function register(lab: Lab): Promise<ClientInput> {
  const { tenant } = lab
  const certificate = await makeClientCertificate()
  const publicClient = await lab.register({
    // Of several organisations, so that it may sign in at `organizations` too.
    signInAudience: 'AzureADMultipleOrgs',
    publicClient: { redirectUris: ['http://localhost'] },
    isFallbackPublicClient: true,
  })
  const confidential = await lab.register({
    web: { redirectUris: ['https://bot.contoso.example/signed-in'] },
    requiredResourceAccess: graphAccess([{ id: userReadAll, type: 'Role' }]),
    keyCredentials: [
      { type: 'AsymmetricX509Cert', usage: 'Verify', key: certificate.der, displayName: 'CN=conformance' },
    ],
  })
  await expose(lab, confidential)
  const version2 = await lab.register({ displayName: 'An API of version 2' })
  await expose(lab, version2, { requestedAccessTokenVersion: 2 })
  const secret = await jsonOf(await lab.graph('POST', `/applications/${confidential.id}/addPassword`, {}))
  const filter = "$filter=appId eq '00000003-0000-0000-c000-000000000000'"
  const graphs = await jsonOf(await lab.graph('GET', `/servicePrincipals?${filter}`))
  const resourceId = (graphs['value'] as { id: string }[])[0]!.id
  await jsonOf(
    await lab.graph('POST', `/servicePrincipals/${resourceId}/appRoleAssignedTo`, {
      principalId: confidential.principalId,
      resourceId,
      appRoleId: userReadAll,
    }),
  )
  // An administrator has agreed to what the API does on a person's behalf (nobody could be asked in between), and to
  // its use by the public client.
  await agree(lab, confidential.principalId, { resourceId, scope: 'openid profile offline_access User.Read' })
  for (const { principalId } of [confidential, version2])
    await agree(lab, publicClient.principalId, { resourceId: principalId, scope: 'access_as_user' })
  return {
    tenantId: tenant.tenantId,
    authority: `https://login.microsoftonline.com/${tenant.tenantId}`,
    publicClientId: publicClient.appId,
    confidentialClientId: confidential.appId,
    secret: String(secret['secretText']),
    certificate,
    apiScope: `api://${confidential.appId}/access_as_user`,
    version2Scope: `api://${version2.appId}/access_as_user`,
    person: lab.person(ada),
  }
}

/** Makes an API of the registration, with one delegated permission. */
async function expose(lab: Lab, app: { id: string; appId: string }, api: object = {}): Promise<void> {
  const permission = {
    id: randomUUID(),
    value: 'access_as_user',
    type: 'User',
    isEnabled: true,
    adminConsentDisplayName: 'Use the API as a person',
    adminConsentDescription: 'Use the API as a person',
    userConsentDisplayName: 'Use the API as you',
    userConsentDescription: 'Use the API as you',
  }
  const exposed = await lab.graph('PATCH', `/applications/${app.id}`, {
    identifierUris: [`api://${app.appId}`],
    api: { ...api, oauth2PermissionScopes: [permission] },
  })
  if (!exposed.ok) throw new Error(`the API was not exposed: ${await exposed.text()}`)
}

async function agree(lab: Lab, clientId: string, o: { resourceId: string; scope: string }): Promise<void> {
  const body = { clientId, consentType: 'AllPrincipals', ...o }
  await jsonOf(await lab.graph('POST', '/oauth2PermissionGrants', body))
}

/** What `tenant env` would export, and a browser. */
export function environmentOf(dir: string, o: { tenant: Tenant; input: ClientInput }): NodeJS.ProcessEnv {
  const browser = join(dir, 'browser')
  const script = fileURLToPath(new URL('clients/browser.ts', folder))
  writeFileSync(browser, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$1"\n`)
  chmodSync(browser, 0o755)
  return {
    ...process.env,
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: o.tenant.proxyUrl,
    NODE_EXTRA_CA_CERTS: o.tenant.caFile,
    NO_PROXY: 'localhost,127.0.0.1',
    BROWSER: browser,
    PERSON_LOGIN: o.input.person.login,
    PERSON_PASSWORD: o.input.person.password,
  }
}

async function runProgram(
  dir: string,
  o: { tenant: Tenant; program: string; input: ClientInput },
): Promise<Record<string, Outcome>> {
  const file = fileURLToPath(new URL(`clients/${o.program}.ts`, folder))
  const child = spawn(process.execPath, [file], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environmentOf(dir, o),
  })
  child.stdin.end(JSON.stringify(o.input))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${o.program} ended with ${code}`)
  return JSON.parse(said) as Record<string, Outcome>
}
