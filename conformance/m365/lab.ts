// A local tenant with its proxy, a registration for the CLI for Microsoft 365, and the CLI itself as a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPeers } from '../../scripts/install-peers.ts'
import { waysInEnvironment } from '../../src/cli/ways-in.ts'
import { findPermission } from '../../src/facts/permissions.ts'
import type { Tenant } from '../../src/tenant/index.ts'
import { type ClientCertificate, makeClientCertificate } from '../client-certificate.ts'
import { graphAccess, jsonOf, type Lab, startLab, walk } from '../openid-client/lab.ts'
import { recordProxy } from './proxy-record.ts'

export const folder = new URL('./', import.meta.url)
export const admin = 'admin@contoso.example'
const cli = fileURLToPath(new URL('node_modules/@pnp/cli-microsoft365/dist/index.js', folder))
const guard = new URL('network-guard.ts', folder).href
/** What `entra app` asks for: delegated for the person, application permissions for secret and certificate. */
const permissions = [
  'Application.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'User.Read.All',
]

export interface Said {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface M365Lab {
  readonly tenant: Tenant
  readonly appId: string
  readonly secret: string
  /** A PEM file with certificate and key. */
  readonly certificateFile: string
  /** Runs the unmodified CLI with the environment that `tenant env` prints. A device code is typed in by the administrator. Blanks separate words. */
  m365(...words: string[]): Promise<Said>
  /** Runs a text in `sh`, where `m365` is the CLI. */
  shell(text: string): Promise<Said>
  graph: Lab['graph']
  /** Whom the CLI's processes connected to; what they asked of the proxy, and its answers. */
  network(): { readonly peers: ReadonlySet<string>; readonly asked: ReadonlyMap<string, string> }
  close(): Promise<void>
}

export async function startM365Lab(): Promise<M365Lab> {
  installPeers(folder)
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-m365-'))
  const lab = await startLab({ proxy: true, dataDir: join(dir, 'tenant') })
  const certificate = await makeClientCertificate()
  const { appId, secret } = await registerCli(lab, certificate)
  const certificateFile = join(dir, 'client.pem')
  writeFileSync(certificateFile, certificate.pem + '\n' + certificate.keyPem, { mode: 0o600 })
  const log = join(dir, 'network.log')
  const record = await recordProxy(lab.tenant.proxyUrl!)
  const env = environmentOf(dir, { proxyUrl: record.url, tenant: lab.tenant, log })
  return {
    tenant: lab.tenant,
    appId,
    secret,
    certificateFile,
    graph: lab.graph,
    m365: (...words) =>
      runCli(lab, [process.execPath, cli, ...words.join(' ').split(' ')], { env, cwd: dir }),
    shell: (text) => runCli(lab, ['sh', '-euc', text], { env: withCliOnPath(dir, env), cwd: dir }),
    network: () => ({
      peers: new Set(readFileSync(log, 'utf8').trim().split('\n')),
      asked: record.asked,
    }),
    async close() {
      record.close()
      await lab.tenant.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A registration as an administrator would make it for `m365 setup`. */
async function registerCli(lab: Lab, certificate: ClientCertificate) {
  const wanted = (['delegated', 'application'] as const).flatMap((kind) =>
    permissions.map((value) => ({
      id: findPermission(value, kind)!.id,
      type: kind === 'delegated' ? 'Scope' : 'Role',
    })),
  )
  const app = await lab.register({
    displayName: 'CLI for Microsoft 365',
    publicClient: { redirectUris: ['http://localhost'] },
    isFallbackPublicClient: true,
    requiredResourceAccess: graphAccess(wanted),
    keyCredentials: [{ type: 'AsymmetricX509Cert', usage: 'Verify', key: certificate.der }],
  })
  const graphs = await jsonOf(
    await lab.graph('GET', "/servicePrincipals?$filter=displayName eq 'Microsoft Graph'"),
  )
  const resourceId = (graphs['value'] as { id: string }[])[0]!.id
  for (const { id } of wanted.filter((one) => one.type === 'Role'))
    await jsonOf(
      await lab.graph('POST', `/servicePrincipals/${resourceId}/appRoleAssignedTo`, {
        principalId: app.principalId,
        resourceId,
        appRoleId: id,
      }),
    )
  const made = await jsonOf(await lab.graph('POST', `/applications/${app.id}/addPassword`, {}))
  return { appId: app.appId, secret: String(made['secretText']) }
}

function environmentOf(dir: string, o: { tenant: Tenant; proxyUrl: string; log: string }): NodeJS.ProcessEnv {
  const config = join(dir, 'config')
  // The update check is due, so that what it does is seen as well.
  mkdirSync(join(config, 'configstore', 'update-notifier-@pnp'), { recursive: true })
  writeFileSync(
    join(config, 'configstore', 'update-notifier-@pnp', 'cli-microsoft365.json'),
    JSON.stringify({ optOut: false, lastUpdateCheck: 1 }),
  )
  const { CI: _ci, NO_UPDATE_NOTIFIER: _off, ...kept } = process.env
  const home = { dir, tenantDir: join(dir, 'tenant') } as Parameters<typeof waysInEnvironment>[0]
  return {
    ...kept,
    ...waysInEnvironment(
      home,
      { ...o.tenant, proxyUrl: o.proxyUrl, pid: process.pid } as Parameters<typeof waysInEnvironment>[1],
      {},
    ),
    HOME: dir,
    XDG_CONFIG_HOME: config,
    NODE_OPTIONS: `--import ${guard}`,
    NETWORK_GUARD_LOG: o.log,
  }
}

function withCliOnPath(dir: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = join(dir, 'bin')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'm365'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`, {
    mode: 0o700,
  })
  return { ...env, PATH: `${folder}:${env['PATH']}` }
}

async function runCli(
  lab: Lab,
  [program, ...args]: readonly [string, ...string[]],
  o: { env: NodeJS.ProcessEnv; cwd: string },
): Promise<Said> {
  const child = spawn(program, args, { ...o, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  let person: Promise<unknown> | undefined
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    const [, userCode] = /https:\/\/microsoft\.com\/devicelogin and enter the code (\w+) /.exec(stderr) ?? []
    if (userCode)
      person ??= walk(`${lab.tenant.origin}/devicelogin`, { ...lab.person(admin), userCode }).catch(
        console.error,
      )
  })
  const [status] = (await once(child, 'close')) as [number | null]
  await person
  return { status, stdout, stderr }
}
