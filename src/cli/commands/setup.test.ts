// Setup and check by an account without rights: whole processes, and what the tenant saw of them.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { adminPermissions, type Lab, openLab } from '../../registration/lab.fixture.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const flow = fileURLToPath(new URL('../../../examples/basic.flow.ts', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'letterlock-setup-'))
let lab: Lab
before(async () => {
  lab = await openLab()
})
after(async () => {
  await lab.close()
  rmSync(dir, { recursive: true, force: true })
})

const setup = (args: readonly string[], token?: string) => letterlock(['setup', ...args], token)

async function letterlock(args: readonly string[], token?: string) {
  const { LETTERLOCK_TOKEN: _none, ...env } = process.env
  const child = spawn(process.execPath, [main, ...args, '--json'], {
    cwd: dir,
    env: {
      ...env,
      LETTERLOCK_HOME: join(dir, 'home'),
      LETTERLOCK_KEYCHAIN: 'off',
      ...(token !== undefined && { LETTERLOCK_TOKEN: token }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const [exitCode] = (await once(child, 'close')) as [number]
  return { ...said, exitCode, json: JSON.parse(said.stdout.trim().split('\n').at(-1)!) }
}

function cloudFile(): string {
  const file = join(dir, 'cloud.json')
  writeFileSync(file, JSON.stringify({ authority: lab.tenant.origin, graph: lab.tenant.origin }))
  return file
}

const registrations = async (): Promise<string[]> => {
  const admin = await lab.clientOf('admin@contoso.example', adminPermissions)
  const { body } = await admin.request<{ value: { displayName: string }[] }>('GET', '/applications')
  return body.value.map((one) => one.displayName).sort()
}

test('an account that may not register gets the page for one who may; nothing is changed, and it exits with 4', async () => {
  const before = await registrations()
  const token = await lab.tokenOf('ada@contoso.example', ['User.Read'])
  const { exitCode, json, stdout, stderr } = await setup(
    ['--cloud', cloudFile(), '--tenant', lab.tenant.tenantId, '--for', flow, '--yes'],
    token,
  )
  assert.equal(exitCode, 4, stderr)
  assert.equal(json.needs, 'administrator')
  const page = readFileSync(json.pack, 'utf8')
  assert.match(page, /Approve “<bdi>Letterlock basic<\/bdi>”/)
  // The flow marks mail and sends none: the page asks for no Mail.Send.
  assert.doesNotMatch(page, /Mail\.Send/)
  assert.deepEqual(await registrations(), before)
  for (const text of [stdout, stderr, page]) assert.doesNotMatch(text, new RegExp(token.slice(0, 40)))
})

test('with an administrator’s token it registers exactly what the flow needs', async () => {
  const token = await lab.tokenOf('admin@contoso.example', adminPermissions)
  const { exitCode, json, stderr } = await setup(
    ['--cloud', cloudFile(), '--tenant', lab.tenant.tenantId, '--for', flow, '--yes'],
    token,
  )
  assert.equal(exitCode, 0, stderr)
  assert.ok((await registrations()).includes('Letterlock basic'))
  const admin = await lab.clientOf('admin@contoso.example', adminPermissions)
  const principal = await admin.request<{ id: string }>('GET', `/servicePrincipals(appId='${json.clientId}')`)
  const grants = await admin.request<{ value: { scope: string }[] }>(
    'GET',
    `/servicePrincipals/${principal.body.id}/oauth2PermissionGrants`,
  )
  assert.deepEqual(
    grants.body.value.map((one) => one.scope),
    ['offline_access openid profile User.Read Mail.ReadWrite'],
  )
})

test('a check by an account that may read nothing exits with 4, not with 0', async () => {
  const token = await lab.tokenOf('ada@contoso.example', ['User.Read'])
  const file = join(dir, 'letterlock.app.yaml')
  writeFileSync(
    file,
    'name: Letterlock basic\nredirectUris: [http://localhost]\npermissions: [offline_access]\n',
  )
  const { exitCode, json } = await letterlock(
    ['app', 'check', '--file', file, '--cloud', cloudFile(), '--tenant', lab.tenant.tenantId],
    token,
  )
  assert.deepEqual([exitCode, json.level], [4, 'not-checked'])
})

test('a client ID that came back is kept for login; another text is refused', async () => {
  const id = '11111111-2222-3333-4444-555555555555'
  const kept = await setup([
    '--tenant',
    'contoso.com',
    '--cloud',
    'gcc-high',
    '--for',
    flow,
    '--client-id',
    id,
  ])
  assert.equal(kept.exitCode, 0)
  const { registration } = JSON.parse(readFileSync(join(dir, 'home', 'settings.json'), 'utf8'))
  assert.deepEqual(
    [registration.cloud, registration.tenant, registration.clientId],
    ['gcc-high', 'contoso.com', id],
  )
  assert.ok(!registration.scopes.includes('Mail.Send'))
  assert.equal((await setup(['--tenant', 'contoso.com', '--client-id', 'secret-id'])).exitCode, 2)
})
