// A local tenant, registrations in it, and what our client needs to reach them. The person is openid-client's lab's.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Cloud } from '../../src/facts/clouds.ts'
import type { ClientRegistration } from '../../src/signin/index.ts'
import { graphAccess, jsonOf, startLab, walk, type Lab } from '../openid-client/lab.ts'

export const userReadAll = 'df021288-bdef-4463-88db-98f22de89214'
export const ada = 'ada@contoso.example'

export interface ClientLab extends Lab {
  readonly cloud: Cloud
  readonly folder: string
  /** A registration with the application permission User.Read.All, consented. */
  registerApplication(app?: object): Promise<{ appId: string; id: string }>
  clientOf(appId: string): Omit<ClientRegistration, 'redirectUri' | 'scopes'>
  /** Fills in the tenant's forms and comes back to the listener. */
  openUrl(url: string): Promise<void>
}

export async function startClientLab(t: TestContext): Promise<ClientLab> {
  const lab = await startLab()
  const { tenant } = lab
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-client-'))
  t.after(async () => {
    await tenant.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const cloud = {
    name: 'lab',
    authority: tenant.origin,
    graph: tenant.origin,
    ignoresLocalhostPort: true,
  }
  return {
    ...lab,
    cloud,
    folder,
    registerApplication: (app) => registerReader(lab, app),
    clientOf: (appId) => ({ cloud, tenant: tenant.tenantId, clientId: appId, clientKind: 'confidential' }),
    async openUrl(url) {
      const { redirect, text } = await walk(url, lab.person(ada))
      if (!redirect) throw new Error(`the person is stopped: ${text}`)
      await fetch(redirect).then((reply) => reply.text())
    },
  }
}

/** A registration with the application permission User.Read.All, consented. */
export async function registerReader(lab: Lab, app: object = {}): Promise<{ appId: string; id: string }> {
  const made = await lab.register({
    requiredResourceAccess: graphAccess([{ id: userReadAll, type: 'Role' }]),
    ...app,
  })
  const filter = "$filter=appId eq '00000003-0000-0000-c000-000000000000'"
  const { value } = await jsonOf(await lab.graph('GET', `/servicePrincipals?${filter}`))
  const resourceId = (value as { id: string }[])[0]!.id
  const role = { principalId: made.principalId, resourceId, appRoleId: userReadAll }
  await jsonOf(await lab.graph('POST', `/servicePrincipals/${resourceId}/appRoleAssignedTo`, role))
  return made
}

export interface CertificateFiles {
  readonly pem: string
  /** Password: `pw`. */
  readonly pfx: string
  readonly keyCredential: object
}

/** Made by OpenSSL, whose word on PEM and PKCS #12 is the one that counts. */
export function makeCertificate(folder: string, name = 'bot'): CertificateFiles {
  const at = (ending: string): string => join(folder, `${name}.${ending}`)
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', `/CN=${name}`]
  openssl(...request, '-keyout', at('key'), '-out', at('crt'))
  openssl(
    'pkcs12',
    '-export',
    '-inkey',
    at('key'),
    '-in',
    at('crt'),
    '-out',
    at('pfx'),
    '-passout',
    'pass:pw',
  )
  const certificate = readFileSync(at('crt'), 'utf8')
  writeFileSync(at('pem'), readFileSync(at('key'), 'utf8') + certificate)
  const key = certificate.replace(/-----[^-]+-----|\s/g, '')
  const keyCredential = { type: 'AsymmetricX509Cert', usage: 'Verify', key, displayName: `CN=${name}` }
  return { pem: at('pem'), pfx: at('pfx'), keyCredential }
}
