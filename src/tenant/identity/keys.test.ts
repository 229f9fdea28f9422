import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CompactSign, jwtVerify } from 'jose'
import { startTenant } from '../index.ts'
import { coreMigrations } from '../store/migrations.ts'
import { openStore, type Store } from '../store/open-store.ts'
import { openSigningKey } from './keys.ts'
import { signCompact } from './sign-compact.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-keys-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function open(t: TestContext, dir = folder(t)): Store {
  const store = openStore(dir, { core: coreMigrations })
  t.after(() => store.db.isOpen && store.close())
  return store
}

test('a token is byte for byte what jose makes of the same header and claims', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const header = { typ: 'JWT', alg: 'RS256', x5t: 'a~b', kid: 'ü' } as const
  const claims = { name: 'Ada "Lovelace" \u2028 é 😀', wids: ['1'], exp: 2 ** 31, gone: undefined }
  const judged = await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader(header)
    .sign(privateKey)
  assert.equal(await signCompact(header, claims, privateKey), judged)
})

test('the first key is made once, however many ask for it at the same moment', async (t) => {
  const dir = folder(t)
  const store = open(t, dir)
  const key = openSigningKey(store)
  void key.prepare()
  const early = Array.from({ length: 20 }, (_, turn) => key.sign({ turn }))
  // One that cannot wait, in the middle of it.
  const [published] = key.jwks('issuer').keys as { kid: string; n: string }[]
  const tokens = await Promise.all([...early, key.sign({ late: true })])
  await key.prepare()
  const publicKey = createPublicKey({ key: { ...published, kty: 'RSA', e: 'AQAB' }, format: 'jwk' })
  for (const token of tokens) {
    const { protectedHeader } = await jwtVerify(token, publicKey, { algorithms: ['RS256'] })
    assert.equal(protectedHeader.kid, published!.kid)
  }
  assert.deepEqual(key.published(), [published!.kid])
  store.close()
  assert.deepEqual(openSigningKey(open(t, dir)).published(), [published!.kid])
})

test('a key whose commit failed is not used again: what it signed was never acknowledged', async (t) => {
  const store = open(t)
  store.flush()
  const key = openSigningKey(store)
  store.db.exec('CREATE TABLE parent (id PRIMARY KEY)')
  store.db.exec('CREATE TABLE child (parent REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)')
  const lost = key.kid
  store.transaction(() => store.db.exec('INSERT INTO child VALUES (1)'))
  await assert.rejects(store.settled(0)!, /FOREIGN KEY/)
  const next = key.kid
  assert.notEqual(next, lost)
  await store.settled(store.failures())
  assert.equal(openSigningKey(store).kid, next)
})

test('a tenant killed while its first key is made has one key: the one it has shown, or none yet', async (t) => {
  const dir = folder(t)
  const shown = new Set<string>()
  for (const afterMs of [60, 90, 120, 150, 180, 210, 400]) {
    const file = fileURLToPath(new URL('first-key.fixture.ts', import.meta.url))
    const child = spawn(process.execPath, [file, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.on('data', (kid: Buffer) => shown.add(String(kid).trim()))
    await setTimeout(afterMs)
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  const kept = openSigningKey(open(t, dir)).published()
  assert.equal(kept.length, 1)
  assert.ok(shown.size === 0 || (shown.size === 1 && shown.has(kept[0]!)))
})

test('tenants that start at the same time have addresses, ids, people and keys of their own', async () => {
  const tenants = await Promise.all(Array.from({ length: 6 }, () => startTenant()))
  try {
    const kids = await Promise.all(
      tenants.map(async ({ origin }) => {
        const reply = await fetch(`${origin}/common/discovery/v2.0/keys`)
        return ((await reply.json()) as { keys: { kid: string }[] }).keys.map((one) => one.kid).join()
      }),
    )
    const adas = tenants.map(({ users }) => users.find((one) => one.userPrincipalName.startsWith('ada@'))!)
    for (const each of [
      tenants.map((one) => String(one.port)),
      tenants.map((one) => one.tenantId),
      tenants.map((one) => one.dataDir),
      kids,
      adas.map((one) => one.id),
      adas.map((one) => one.password),
    ])
      assert.equal(new Set(each).size, 6)
  } finally {
    await Promise.all(tenants.map((one) => one.close()))
  }
})

test('a store closed while its first key is made stays closed, without an error', async (t) => {
  const store = open(t)
  const made = openSigningKey(store).prepare()
  store.close()
  await made
  assert.equal(store.db.isOpen, false)
})
