// The whole tenant out, in and anew: what is refused leaves everything as it was.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../index.ts'
import { signIn } from '../person.fixture.ts'

const lab = mkdtempSync(join(tmpdir(), 'letterlock-snapshot-'))
let first: Tenant
let second: Tenant
before(async () => {
  first = await startTenant({ users: [{ userPrincipalName: 'mia@contoso.example' }] })
  second = await startTenant({ dataDir: join(lab, 'second') })
})
after(async () => {
  await Promise.all([first.close(), second.close()])
  rmSync(lab, { recursive: true, force: true })
})

const media = 'application/vnd.sqlite3'
const ask = (tenant: Tenant, method: string, path: string, body?: Uint8Array): Promise<Response> =>
  fetch(`${tenant.origin}/_letterlock/${path}`, {
    method,
    headers: { authorization: `Bearer ${tenant.controlToken}`, ...(body ? { 'content-type': media } : {}) },
    ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
  })
const exported = async (tenant: Tenant) =>
  new Uint8Array(await (await ask(tenant, 'GET', 'snapshot')).arrayBuffer())
const names = async (tenant: Tenant): Promise<string[]> =>
  ((await (await ask(tenant, 'GET', 'users')).json()) as { userPrincipalName: string }[]).map(
    (one) => one.userPrincipalName,
  )
/** The snapshot as a file that a test may spoil. */
function spoil(bytes: Uint8Array, how: (db: DatabaseSync) => void): Uint8Array {
  const db = new DatabaseSync(':memory:')
  db.deserialize(bytes as never)
  how(db)
  const spoilt = db.serialize()
  db.close()
  return spoilt
}

test('an export is a whole tenant elsewhere: people, keys and tokens; what was there is kept', async () => {
  const token = await signIn(first, {
    user: 'mia@contoso.example',
    scopes: ['User.Read'],
    password: await passwordOf('mia'),
  })
  const snapshot = await exported(first)
  const before = await names(second)
  const asking = Promise.all(Array.from({ length: 20 }, () => ask(second, 'GET', 'users')))
  const reply = await ask(second, 'PUT', 'snapshot', snapshot)
  assert.equal(reply.status, 200)
  for (const one of await asking)
    assert.equal(one.status, 200, 'requests beside it are answered by one or the other')
  assert.deepEqual(await names(second), await names(first))
  const me = await fetch(`${second.origin}/v1.0/me`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(me.status, 200, 'the signing keys came along')
  const said = JSON.parse(readFileSync(join(second.dataDir, 'tenant.json'), 'utf8')) as { tenantId: string }
  assert.equal(said.tenantId, first.tenantId)
  const { kept } = (await reply.json()) as { kept: string }
  assert.equal(statSync(kept).mode & 0o777, 0o600)
  assert.equal((await ask(second, 'PUT', 'snapshot', readFileSync(kept))).status, 200)
  assert.deepEqual(await names(second), before, 'the copy that is named brings everything back')
})

async function passwordOf(name: string): Promise<string> {
  const user = await (await ask(first, 'GET', `users/${name}@contoso.example`)).json()
  return (user as { password: string }).password
}

test('a file that is foreign, newer or damaged is refused by name, and nothing is changed', async () => {
  const snapshot = await exported(first)
  const before = await names(second)
  const damaged = Uint8Array.from(snapshot)
  damaged.fill(0xff, 20_000, 60_000)
  const cases: [string, Uint8Array][] = [
    ['control/snapshot-foreign', Buffer.from('no database')],
    ['control/snapshot-foreign', spoil(snapshot, (db) => db.exec('DROP TABLE meta'))],
    [
      'control/snapshot-newer',
      spoil(snapshot, (db) => db.exec("INSERT INTO migrations VALUES ('core', 99)")),
    ],
    ['control/snapshot-newer', spoil(snapshot, (db) => db.exec("INSERT INTO migrations VALUES ('moon', 0)"))],
    ['control/snapshot-damaged', damaged],
  ]
  for (const [code, file] of cases) {
    const reply = await ask(second, 'PUT', 'snapshot', file)
    const { error } = (await reply.json()) as { error: { code: string } }
    assert.deepEqual([reply.status, error.code], [422, code])
  }
  assert.deepEqual(await names(second), before)
  assert.deepEqual(
    readdirSync(second.dataDir).filter((name) => /coming|leaving/.test(name)),
    [],
  )
})

test('a tenant begun anew is another tenant with an empty directory; its clock goes on', async () => {
  await ask(second, 'PUT', 'snapshot', await exported(first))
  const reply = await ask(second, 'POST', 'reset')
  assert.equal(reply.status, 200)
  assert.ok(!(await names(second)).includes('mia@contoso.example'))
  const { tenantId } = (await (await ask(second, 'GET', 'status')).json()) as { tenantId: string }
  assert.notEqual(tenantId, first.tenantId)
})
