// What becomes of the CA with time, after a crash between its files, and while the tenant goes on.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { startTenant } from '../index.ts'
import { openLocalCa } from './local-ca.ts'

const dayMs = 86_400_000
const hosts = ['localhost', 'login.example']

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-ca-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('the CA ends after seven days and is replaced when less than one is left', async (t) => {
  const dir = folder(t)
  const nowMs = Date.UTC(2026, 11, 1)
  const open = async (days: number): Promise<string> =>
    (await openLocalCa({ folder: dir, hosts, nowMs: nowMs + days * dayMs })).certificate
  const first = await open(0)
  const { validFrom, validTo } = new X509Certificate(first)
  assert.equal(Date.parse(validTo) - nowMs, 7 * dayMs)
  assert.ok(nowMs - Date.parse(validFrom) <= 3_600_000)
  assert.equal(await open(5.9), first)
  const second = await open(6.1)
  assert.notEqual(second, first)
  assert.notEqual(await open(-1), second)
})

test('a CA whose key is another’s, whose file is cut short, or that was made for other hosts is replaced', async (t) => {
  const dir = folder(t)
  const open = async (named = hosts): Promise<string> =>
    (await openLocalCa({ folder: dir, hosts: named, nowMs: Date.now() })).certificate
  const file = (name: string): string => join(dir, name)
  const first = await open()
  const firstKey = readFileSync(file('ca.key'), 'utf8')
  const second = await open([...hosts, 'graph.example'])
  assert.notEqual(second, first)
  writeFileSync(file('ca.key'), firstKey)
  const third = await open([...hosts, 'graph.example'])
  assert.notEqual(third, second)
  writeFileSync(file('ca.pem'), third.slice(0, 200))
  const fourth = await open([...hosts, 'graph.example'])
  assert.notEqual(fourth, third)
  assert.equal(await open([...hosts, 'graph.example']), fourth)
})

test('a tenant that stays up makes itself a new CA before the old one ends', async (t) => {
  await using tenant = await startTenant({ proxy: true })
  const port = Number(new URL(tenant.httpsOrigin).port)
  const issuerOf = async (servername: string): Promise<string> => {
    const ca = readFileSync(tenant.caFile, 'utf8')
    const tls = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
    await once(tls, 'secureConnect')
    const { raw } = tls.getPeerCertificate()
    tls.destroy()
    const { publicKey } = new X509Certificate(readFileSync(tenant.caFile))
    return `${new X509Certificate(raw).verify(publicKey)} ${ca === first}`
  }
  const first = readFileSync(tenant.caFile, 'utf8')
  assert.equal(await issuerOf('graph.microsoft.com'), 'true true')
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 6.5 * dayMs })
  await issuerOf('graph.microsoft.com')
  assert.equal(await issuerOf('graph.microsoft.com'), 'true false')
  // An address brings no name with the handshake.
  assert.equal(await issuerOf(''), 'true false')
})
