// The doctor's checks against servers and files that are wrong on purpose.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createPlainServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openThrottle } from '../../graph/index.ts'
import { readThrottleState } from '../../graph/throttle-state.ts'
import { homeAt } from '../home.ts'
import { checkFiles, checkLoopback } from './checks/machine.ts'
import { checkNetwork } from './checks/network.ts'
import { exitCodeOf, type Finding } from './finding.ts'

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const cloudAt = (origin: string) => ({
  name: 'x',
  authority: origin,
  graph: origin,
  ignoresLocalhostPort: true,
})
const levels = (findings: readonly Finding[]) => findings.map(({ check, level }) => `${check} ${level}`)

test('a clock that is eleven minutes off is named, and which way', async (t) => {
  const origin = await serve(t, (_, reply) => {
    reply.setHeader('date', new Date(Date.now() - 11 * 60_000).toUTCString()).end()
  })
  const findings = await checkNetwork(cloudAt(origin))
  assert.deepEqual(levels(findings), ['network ok', 'clock problem'])
  assert.match(findings[1]!.what, /clock of this machine is 66\d s ahead of/)
  assert.equal(exitCodeOf(findings), 1)
})

test('a host that hangs up is a network problem, safe to try again', async (t) => {
  const origin = await serve(t, (request) => request.socket.destroy())
  const findings = await checkNetwork(cloudAt(origin))
  assert.deepEqual(levels(findings), ['network problem'])
  assert.equal(exitCodeOf(findings), 5)
})

test('a name that does not exist is a DNS problem', async () => {
  const findings = await checkNetwork(cloudAt('https://login.nowhere.invalid'))
  assert.deepEqual(levels(findings), ['dns problem'])
  assert.match(findings[0]!.how!, /^nslookup login\.nowhere\.invalid$/)
})

test('a redirect port that another program holds is a problem, on one address alone too', async (t) => {
  const server = createPlainServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const [finding] = await checkLoopback(`http://localhost:${port}/Callback`)
  assert.equal(finding!.level, 'problem')
  assert.match(finding!.what, new RegExp(`port ${port} is taken on 127\\.0\\.0\\.1`))
  assert.match(finding!.how!, /^letterlock login --redirect-uri http:\/\/localhost:\d+\/Callback$/)
})

test('a vault that others can open is a problem, with the command that closes it', (t) => {
  if (process.platform === 'win32') return t.skip('access lists there')
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-doctor-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'vault.key'), 'x', { mode: 0o600 })
  assert.deepEqual(levels(checkFiles(homeAt(dir))), ['files ok'])
  chmodSync(join(dir, 'vault.key'), 0o640)
  const [finding] = checkFiles(homeAt(dir))
  assert.equal(finding!.level, 'problem')
  assert.equal(finding!.how, `chmod -R go-rwx ${dir}`)
})

test('what Microsoft holds back is read from the throttle that all processes share', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-doctor-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, 'throttle.db')
  assert.deepEqual(readThrottleState(file), [])
  const throttle = openThrottle(file)
  t.after(() => throttle.close())
  const turn = await throttle.take('bot client')
  turn.release({ throttledForMs: 40_000 })
  const [state] = readThrottleState(file)
  assert.equal(state!.key, 'bot client')
  assert.ok(state!.waitMs > 30_000 && state!.places < 4)
})
