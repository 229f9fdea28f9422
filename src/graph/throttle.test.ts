import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openThrottle, type Throttle } from './index.ts'
import { createSimulatedClock } from './simulated-clock.ts'

function throttleFile(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-throttle-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'throttle.db')
}

function open(t: TestContext, file: string | undefined, clock = createSimulatedClock()): Throttle {
  const throttle = openThrottle(file, { clock })
  t.after(() => throttle.close())
  return throttle
}

async function isWaiting(work: Promise<unknown>): Promise<boolean> {
  const pause = new Promise<'waiting'>((resolve) => setTimeout(() => resolve('waiting'), 60))
  return (await Promise.race([work, pause])) === 'waiting'
}

function runChild(source: string, ...args: string[]) {
  const script = `import { openThrottle } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};${source}`
  return spawn(process.execPath, ['--input-type=module', '-e', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('two that open the same file share four places', async (t) => {
  const file = throttleFile(t)
  const one = open(t, file)
  const two = open(t, file)
  const turns = [await one.take('m'), await one.take('m'), await two.take('m'), await two.take('m')]
  const fifth = one.take('m')
  assert.equal(await isWaiting(fifth), true)
  await two.take('another mailbox')
  turns[3]?.release()
  ;(await fifth).release()
})

test('a batch of twenty takes all four places', async (t) => {
  const throttle = open(t, undefined)
  const batch = await throttle.take('m', { cost: { places: 20 } })
  const next = throttle.take('m')
  assert.equal(await isWaiting(next), true)
  batch.release()
  await next
})

test('a killed process frees its places', async (t) => {
  const file = throttleFile(t)
  const child = runChild(
    `const t = openThrottle(process.argv[1]); for (let i = 0; i < 4; i++) await t.take('m'); console.log('held'); setInterval(() => {}, 1e6)`,
    file,
  )
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const throttle = openThrottle(file)
  t.after(() => throttle.close())
  const waiting = throttle.take('m')
  assert.equal(await isWaiting(waiting), true)
  child.kill('SIGKILL')
  ;(await waiting).release()
})

test('a place whose holder hangs frees itself when its lease runs out', async (t) => {
  const clock = createSimulatedClock()
  const throttle = open(t, undefined, clock)
  for (let i = 0; i < 4; i += 1) await throttle.take('m', { leaseMs: 1_000 })
  const fifth = throttle.take('m')
  assert.equal(await isWaiting(fifth), true)
  clock.advance(1_001)
  await fifth
})

test('the thirty-first send waits for its minute while reads go on', async (t) => {
  const clock = createSimulatedClock()
  const throttle = open(t, undefined, clock)
  const startedAtMs = clock.nowMs()
  for (let i = 0; i < 30; i += 1) (await throttle.take('m', { cost: { sends: 1 } })).release()
  assert.deepEqual(clock.slept, [])
  ;(await throttle.take('m')).release()
  ;(await throttle.take('m', { cost: { sends: 1 } })).release()
  assert.ok(clock.nowMs() - startedAtMs >= 60_000)
})

test('in no minute do more than thirty sends leave, whatever their rhythm', async (t) => {
  const clock = createSimulatedClock()
  const throttle = open(t, undefined, clock)
  const sentAtMs: number[] = []
  for (let i = 0; i < 150; i += 1) {
    ;(await throttle.take('m', { cost: { sends: 1 } })).release()
    sentAtMs.push(clock.nowMs())
    clock.advance((i * 7_919) % 1_700)
  }
  for (const [i, atMs] of sentAtMs.entries())
    assert.ok((sentAtMs[i + 30] ?? Infinity) - atMs >= 60_000, `send ${i}`)
})

test('ten thousand recipients a day and 150 MB in five minutes are waited for', async (t) => {
  const clock = createSimulatedClock()
  const throttle = open(t, undefined, clock)
  const startedAtMs = clock.nowMs()
  ;(await throttle.take('m', { cost: { uploadBytes: 149_000_000 } })).release()
  ;(await throttle.take('m', { cost: { uploadBytes: 2_000_000 } })).release()
  assert.ok(clock.nowMs() - startedAtMs >= 300_000)
  for (let i = 0; i < 20; i += 1)
    (await throttle.take('m', { cost: { sends: 1, recipients: 500 } })).release()
  const fullAtMs = clock.nowMs()
  ;(await throttle.take('m', { cost: { sends: 1, recipients: 1 } })).release()
  assert.ok(clock.nowMs() - fullAtMs >= 86_000_000)
})

test('after 429 everyone waits, goes with half the places, and recovers', async (t) => {
  const clock = createSimulatedClock()
  const file = throttleFile(t)
  const one = open(t, file, clock)
  const two = open(t, file, clock)
  const startedAtMs = clock.nowMs()
  ;(await one.take('m')).release({ throttledForMs: 5_000 })
  const held = [await two.take('m'), await two.take('m')]
  assert.ok(clock.nowMs() - startedAtMs >= 5_000)
  const third = two.take('m')
  assert.equal(await isWaiting(third), true)
  clock.advance(30_001)
  held.push(await third)
  for (const turn of held) turn.release()
})

test('a clock set back does not block for ever', async (t) => {
  const clock = createSimulatedClock()
  const throttle = open(t, undefined, clock)
  for (let i = 0; i < 30; i += 1) (await throttle.take('m', { cost: { sends: 1 } })).release()
  clock.advance(-86_400_000)
  ;(await throttle.take('m', { cost: { sends: 1 } })).release()
  assert.deepEqual(clock.slept, [])
})

test('a file that is no database is a named error', () => {
  assert.throws(() => openThrottle(tmpdir()), { code: 'graph/throttle-broken' })
})

test('three processes together keep to four requests at once', async (t) => {
  let inFlight = 0
  let most = 0
  let total = 0
  const server = createServer((_request, response) => {
    inFlight += 1
    total += 1
    most = Math.max(most, inFlight)
    setTimeout(() => {
      inFlight -= 1
      response.end('{}')
    }, 5)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const file = throttleFile(t)
  const source = `
    import { createGraphClient } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const graph = createGraphClient({ graphOrigin: process.argv[2], throttle: openThrottle(process.argv[1]), mailboxKey: 'm', getToken: async () => ({ token: 't' }) })
    await Promise.all(Array.from({ length: 25 }, () => graph.request('GET', '/me')))`
  const children = Array.from({ length: 3 }, () => runChild(source, file, origin))
  const exits = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number))
  assert.deepEqual(exits, [0, 0, 0])
  assert.equal(total, 75)
  assert.ok(most >= 3 && most <= 4, `${most} at once`)
})
