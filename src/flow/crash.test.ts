import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { defineFlow } from './define-flow.ts'
import { keyProperty } from './draft-step.ts'
import { FakeProcess, FakeServer, type Mishap } from './fake-mailbox.fixture.ts'
import { runWithLedger, type RunFlowOptions, type RunSummary } from './run-flow.ts'
import type { Ledger } from './store/contract.ts'
import { openLedger } from './store/sqlite.ts'

const root = mkdtempSync(join(tmpdir(), 'letterlock-flow-'))
after(() => rmSync(root, { recursive: true, force: true }))

const flow = defineFlow({
  name: 'crash',
  mailbox: 'bot@contoso.example',
  where: { folder: 'Inbox', unread: true },
  async each(message, step) {
    const files = await step.saveAttachments('save', { to: 'in' })
    await step.run('book', ({ key }) => key)
    await step.reply('thanks', { text: `Received ${message.subject}`, attachments: files })
    await step.send('tell', { to: 'ada@contoso.example', subject: `About ${message.id}`, text: 'x' })
    await step.categorise('mark', ['Booked'])
    await step.flag('flag')
    await step.markRead('read')
    await step.move('file', 'Inbox/Booked')
  },
})

interface World {
  readonly server: FakeServer
  readonly ledger: Ledger
  readonly ids: string[]
  readonly dir: string
}

function createWorld(messages: number): World {
  const server = new FakeServer()
  const ids = Array.from({ length: messages }, (_, n) =>
    server.receive({ files: { [`invoice ${n}.pdf`]: `content ${n}` } }),
  )
  return { server, ledger: openLedger(':memory:'), ids, dir: mkdtempSync(join(root, 'w')) }
}

/** Resolves with undefined when the process died. */
async function runOnce(
  world: World,
  mishaps: Mishap[],
  more: Partial<RunFlowOptions> = {},
): Promise<{ summary: RunSummary | undefined; process: FakeProcess }> {
  const process = new FakeProcess(world.server, ...mishaps)
  const o = {
    flow,
    mailbox: process.mailbox,
    accountKey: { tid: 't', oid: 'o' },
    ledgerFile: '',
    filesDir: world.dir,
    clock: world.server.clock,
    ...more,
  }
  const running = runWithLedger(o, process.wrap(world.ledger))
  running.catch(() => undefined)
  const summary = await Promise.race([running, process.death]).catch(() => undefined)
  return { summary, process }
}

async function runToTheEnd(world: World): Promise<RunSummary> {
  const { summary } = await runOnce(world, [])
  assert.ok(summary)
  return summary
}

/** Accepted sends come out of hiding. */
function assertOnce(world: World, why: string): void {
  const { server, ids } = world
  server.clock.advance(server.visibleMs + server.hiddenMs)
  for (const id of ids) {
    const replies = server.deliveries.filter(({ repliesTo }) => repliesTo === id)
    assert.equal(replies.length, 1, `${why}: ${id} had ${replies.length} replies`)
    assert.equal(replies[0]?.to, `${id}@fabrikam.example`)
    assert.equal(replies[0].attachments.length, 1, `${why}: the reply takes its file along, once`)
    const message = server.items.get(id)!.message
    assert.deepEqual(message.categories, ['Booked'], why)
    assert.equal(message.isRead && message.flag.flagStatus, 'flagged', why)
    assert.equal(message.parentFolderId, server.folders.get('inbox/booked'), why)
  }
  const drafts = server.in('drafts').filter((draft) => draft.extendedProperties?.[keyProperty] !== undefined)
  assert.deepEqual(drafts, [], `${why}: no second draft of a step is left`)
  assert.equal(server.deliveries.length, ids.length * 2, `${why}: one reply and one message each`)
  assert.equal(new Set(server.deliveries.map(({ key }) => key)).size, ids.length * 2, why)
  const hashes = readdirSync(join(world.dir, 'in')).map((name) =>
    createHash('sha256')
      .update(readFileSync(join(world.dir, 'in', name)))
      .digest('hex'),
  )
  const wanted = ids.map((_, n) => createHash('sha256').update(`content ${n}`).digest('hex'))
  assert.deepEqual(hashes.sort(), wanted.sort(), `${why}: every file once, and nothing else`)
}

/** Worlds share nothing, and mostly wait for the disk: eight at a time. */
async function eachPoint(points: number, work: (at: number) => Promise<void>): Promise<void> {
  for (let from = 1; from <= points; from += 8) {
    const batch = Array.from({ length: Math.min(8, points - from + 1) }, (_, n) => from + n)
    await Promise.all(batch.map(work))
  }
}

async function countPoints(messages: number): Promise<number> {
  const { process, summary } = await runOnce(createWorld(messages), [])
  assert.equal(summary?.handled, messages)
  return process.points
}

for (const phase of ['before', 'after'] as const) {
  test(`a death ${phase} any call or ledger write costs nothing and doubles nothing`, async () => {
    const messages = 2
    const points = await countPoints(messages)
    await eachPoint(points, async (at) => {
      const world = createWorld(messages)
      const why = `death ${phase} point ${at}`
      await runOnce(world, [{ at, phase, kind: 'death' }])
      const summary = await runToTheEnd(world)
      assert.equal(summary.failed + summary.doubtful + summary.skipped, 0, why)
      assert.equal(summary.coverage, 'complete', why)
      assertOnce(world, why)
      assert.equal((await runToTheEnd(world)).inScope, 0, `${why}: a further run has nothing to do`)
      world.ledger.close()
    })
  })

  test(`an answer lost ${phase} the effect of any call is settled in the same run`, async () => {
    const messages = 1
    const points = await countPoints(messages)
    await eachPoint(points, async (at) => {
      const world = createWorld(messages)
      const why = `error ${phase} point ${at}`
      await runOnce(world, [{ at, phase, kind: 'error' }])
      await runToTheEnd(world)
      assertOnce(world, why)
      world.ledger.close()
    })
  })
}

test('three deaths and two lost answers at drawn instants double nothing', async () => {
  let seed = 20_261_125
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let turn = 0; turn < 30; turn += 1) {
    const world = createWorld(3)
    const phases = ['before', 'after'] as const
    for (let life = 0; life < 3; life += 1) {
      const mishap = (kind: Mishap['kind']): Mishap => ({ at: 1 + draw(130), phase: phases[draw(2)]!, kind })
      await runOnce(world, [mishap('death'), mishap('error')])
    }
    await runToTheEnd(world)
    assertOnce(world, `turn ${turn}`)
    world.ledger.close()
  }
})

test('a send hidden longer than settleWaitMs is named doubtful and never made again', async () => {
  const world = createWorld(1)
  world.server.visibleMs = 0
  world.server.hiddenMs = 86_400_000
  const probe = await runOnce(createWorld(1), [])
  const at = probe.process.calls.indexOf('sendDraft')
  assert.ok(at > 0)
  const { summary } = await runUntilSend(world)
  assert.equal(summary.doubtful, 1)
  assert.match(summary.messages[0]?.stepId ?? '', /^[0-9a-f]{32}$/)
  assert.equal(world.server.deliveries.length, 1)
  const again = await runToTheEnd(world)
  assert.equal(again.doubtful, 1, 'the next run names it too')
  assert.equal(world.server.deliveries.length, 1)
  world.server.clock.advance(86_400_000)
  const later = await runToTheEnd(world)
  assert.equal(later.handled, 1, 'once it shows among the sent, the message goes on')
  assertOnce(world, 'hidden long')
})

test('an unchanged draft is held instead of sent again when the run says hold', async () => {
  const world = createWorld(1)
  const { summary } = await runUntilSend(world, { onDoubt: 'hold' }, 'before')
  assert.equal(summary.doubtful, 1)
  assert.equal(world.server.deliveries.length, 0)
})

test('a draft that somebody changed after the doubtful send is not sent again', async () => {
  const world = createWorld(1)
  const edit = (): void => {
    const draft = world.server.in('drafts')[0]
    if (draft !== undefined) world.server.change(world.server.items.get(draft.id)!, { subject: 'edited' })
  }
  const { summary } = await runUntilSend(
    world,
    { onProgress: (e) => e.kind === 'settling' && edit() },
    'before',
  )
  assert.equal(summary.doubtful, 1)
  assert.equal(world.server.deliveries.length, 0)
})

test('other messages are handled while one is being settled', async () => {
  const world = createWorld(12)
  const ends: string[] = []
  await runUntilSend(world, { onProgress: (e) => e.kind === 'message' && ends.push(e.id) }, 'before')
  assert.equal(ends.length, 12)
  assertOnce(world, 'one settles')
})

/** Loses the answer to the first send. */
async function runUntilSend(
  world: World,
  more: Partial<RunFlowOptions> = {},
  phase: Mishap['phase'] = 'after',
): Promise<{ summary: RunSummary }> {
  for (let at = 1; at < 200; at += 1) {
    const probe = createWorld(world.ids.length)
    const { process } = await runOnce(probe, [{ at, phase: 'before', kind: 'death' }])
    probe.ledger.close()
    if (process.calls.at(-1) !== 'sendDraft') continue
    const { summary } = await runOnce(world, [{ at, phase, kind: 'error' }], more)
    assert.ok(summary)
    return { summary }
  }
  throw new Error('no send was met')
}
