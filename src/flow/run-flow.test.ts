import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'
import { explainMessage, listRuns, settle } from './ask-ledger.ts'
import type { FlowDefinition } from './contract.ts'
import { defineFlow } from './define-flow.ts'
import { FakeProcess, FakeServer, type Mishap } from './fake-mailbox.fixture.ts'
import { runFlow, type RunFlowOptions } from './run-flow.ts'
import { takeRunLock } from './run-lock.ts'
import { SignInError } from '../signin/signin-error.ts'

const root = mkdtempSync(join(tmpdir(), 'letterlock-flow-'))
after(() => rmSync(root, { recursive: true, force: true }))

interface Given extends Partial<Omit<FlowDefinition, 'each'>> {
  each: FlowDefinition['each']
}

function world(given: Given) {
  const server = new FakeServer()
  const dir = mkdtempSync(join(root, 'w'))
  const flowOf = (definition: Given) =>
    defineFlow({
      name: 'test',
      mailbox: 'bot@contoso.example',
      where: { folder: 'Inbox', unread: true },
      ...definition,
    })
  const options = (process: FakeProcess): RunFlowOptions => ({
    flow: flowOf(given),
    mailbox: process.mailbox,
    accountKey: { tid: 't', oid: 'o' },
    ledgerFile: join(dir, 'ledger.db'),
    filesDir: join(dir, 'files'),
    clock: server.clock,
  })
  const run = (more: Partial<RunFlowOptions> & { mishaps?: Mishap[]; each?: Given['each'] } = {}) => {
    const { mishaps = [], each, ...rest } = more
    const process = new FakeProcess(server, ...mishaps)
    const changed = each === undefined ? {} : { flow: flowOf({ ...given, each }) }
    return runFlow({ ...options(process), ...changed, ...rest })
  }
  return { server, dir, run, ledgerFile: join(dir, 'ledger.db') }
}

test('what was handled stays handled, and --again begins it anew', async () => {
  const { server, run } = world({ each: (_m, step) => step.reply('a', { text: 'x' }) })
  const id = server.receive()
  assert.deepEqual((await run()).handled, 1)
  const second = await run()
  assert.deepEqual([second.inScope, second.alreadyHandled, second.coverage], [0, 1, 'complete'])
  assert.equal((await run({ again: id })).handled, 1)
  assert.equal(server.deliveries.length, 2)
})

test('the reply stands above the quoted text, as text', async () => {
  const { server, run } = world({ each: (_m, step) => step.reply('a', { text: '<b> & so\non' }) })
  server.receive()
  await run()
  assert.equal(
    server.deliveries[0]?.body,
    '<html><body><div>&lt;b&gt; &amp; so<br>on</div><br>quoted</body></html>',
  )
})

test('a sender gets three replies an hour, the fourth message is skipped with the reason', async () => {
  const { server, run } = world({ each: (_m, step) => step.reply('a', { text: 'x' }) })
  for (let n = 0; n < 5; n += 1) server.receive({ from: { address: 'Eve@x.example', name: '' } })
  const summary = await run()
  assert.deepEqual([summary.handled, summary.skipped, server.deliveries.length], [3, 2, 3])
  assert.match(Object.keys(summary.skippedReasons)[0] ?? '', /3 replies within the hour/)
  server.clock.advance(3_600_001)
  server.receive({ from: { address: 'eve@x.example', name: '' } })
  assert.equal((await run()).handled, 1)
})

test('a step after skip is not done, and the reason is kept', async () => {
  const { server, run } = world({
    each: async (_m, step) => {
      step.skip('not mine')
      await step.move('m', 'Inbox/Booked').catch(() => undefined)
    },
  })
  const id = server.receive()
  const summary = await run()
  assert.deepEqual(summary.skippedReasons, { 'not mine': 1 })
  assert.equal(server.get(id).message.parentFolderId, 'f-inbox')
})

test('a failing message is tried four times, named, and put aside; the loop goes on', async () => {
  let tries = 0
  const { server, run } = world({
    each: async (message, step) => {
      if (message.subject !== 'bad') return
      await step.run('book', () => {
        tries += 1
        throw new Error('the books are closed')
      })
    },
    onFailure: { move: 'Inbox/Needs a person' },
  })
  const bad = server.receive({ subject: 'bad' })
  server.receive()
  const summary = await run()
  assert.deepEqual([tries, summary.failed, summary.handled], [4, 1, 1])
  assert.match(summary.messages.find(({ id }) => id === bad)?.reason ?? '', /books are closed/)
  assert.equal(server.get(bad).message.parentFolderId, server.folders.get('inbox/needsaperson'))
  assert.equal((await run()).inScope, 0)
})

test('a failed message that was not put aside is tried again by the next run', async () => {
  let isOpen = false
  const { server, run } = world({
    each: (_m, step) =>
      step.run('book', () => {
        if (!isOpen) throw new Error('closed')
      }),
  })
  server.receive()
  assert.equal((await run()).failed, 1)
  isOpen = true
  assert.equal((await run()).handled, 1)
})

test('a step whose arguments changed since it was begun stops the message', async () => {
  const { server, run } = world({
    each: async (_m, step) => {
      await step.reply('a', { text: 'old' })
      await step.run('b', () => Promise.reject(new Error('later')))
    },
    onFailure: { attempts: 1 },
  })
  server.receive()
  await run()
  const summary = await run({ each: (_m, step) => step.reply('a', { text: 'new' }) })
  assert.match(summary.messages[0]?.reason ?? '', /flow\/step-changed/)
  assert.equal(server.deliveries.length, 1)
})

test('an error that a step threw counts although the flow caught it', async () => {
  const { server, run } = world({
    each: async (_m, step) => {
      await step.saveAttachments('', { to: 'x' }).catch(() => undefined)
    },
    onFailure: { attempts: 1 },
  })
  server.receive()
  assert.match((await run()).messages[0]?.reason ?? '', /flow\/step-misused/)
})

test('steps that were not awaited are done, in order, before the message counts as handled', async () => {
  const { server, run } = world({
    each: (_m, step) => {
      void step.markRead('r')
      void step.move('m', 'Inbox/Booked')
    },
  })
  const id = server.receive()
  assert.equal((await run()).handled, 1)
  assert.notEqual(server.get(id).message.parentFolderId, 'f-inbox')
})

test('a message that somebody moved while the answer to our move was lost is left there', async () => {
  const { server, run } = world({ each: (_m, step) => step.move('m', 'Inbox/Booked') })
  const id = server.receive()
  const { mailbox } = new FakeProcess(server)
  let isFirst = true
  const racing = {
    ...mailbox,
    move: (...args: Parameters<typeof mailbox.move>) => {
      if (!isFirst) return mailbox.move(...args)
      isFirst = false
      server.change(server.items.get(id)!, { parentFolderId: 'f-elsewhere' })
      return Promise.reject(new Error('connection lost'))
    },
  }
  const summary = await run({ mailbox: racing })
  assert.deepEqual([summary.handled, summary.changedByOther], [1, 1])
  assert.equal(server.get(id).message.parentFolderId, 'f-elsewhere')
})

test('what somebody changed between a death and the next run is left as it is', async () => {
  const { server, run } = world({
    each: async (_m, step) => {
      await step.flag('f')
      await step.move('m', 'Inbox/Booked')
    },
  })
  const id = server.receive()
  const { mailbox } = new FakeProcess(server)
  const stop = new AbortController()
  const lost = (): never => {
    stop.abort()
    throw new Error('connection lost')
  }
  await run({ mailbox: { ...mailbox, flag: async () => lost() }, signal: stop.signal })
  server.change(server.items.get(id)!, { flag: { flagStatus: 'complete' } })
  const again = new AbortController()
  const moved = async (): Promise<never> => {
    again.abort()
    throw new Error('connection lost')
  }
  await run({ mailbox: { ...mailbox, move: moved }, signal: again.signal })
  server.change(server.items.get(id)!, { parentFolderId: 'f-elsewhere' })
  const summary = await run()
  assert.equal(summary.handled, 1)
  assert.equal(summary.messages[0]?.reason, 'changed by someone else: f, m left as it was')
  assert.equal(server.get(id).message.flag.flagStatus, 'complete')
  assert.equal(server.get(id).message.parentFolderId, 'f-elsewhere')
})

test('a message deleted under way still has its send settled', async () => {
  const { server, run } = world({ each: (_m, step) => step.reply('a', { text: 'x' }) })
  const id = server.receive()
  const { mailbox } = new FakeProcess(server)
  const stop = new AbortController()
  const sendDraft = async (draft: string): Promise<never> => {
    await mailbox.sendDraft(draft)
    server.items.delete(id)
    stop.abort()
    throw new Error('connection lost')
  }
  const first = await run({ mailbox: { ...mailbox, sendDraft }, signal: stop.signal })
  assert.equal(first.interrupted, true)
  const summary = await run()
  assert.deepEqual([summary.skippedReasons, summary.sentThisRun], [{ 'gone before it was finished': 1 }, 1])
  assert.equal(server.deliveries.length, 1)
})

test('an unkeyed draft that a death left behind is named and never sent', async () => {
  const { server, run } = world({
    each: (_m, step) => step.reply('a', { text: 'x' }),
    onFailure: { attempts: 1 },
  })
  server.receive()
  const { mailbox } = new FakeProcess(server)
  const createReplyDraft = async (id: string): Promise<never> => {
    await mailbox.createReplyDraft(id)
    throw new Error('connection lost')
  }
  await run({ mailbox: { ...mailbox, createReplyDraft } })
  const summary = await run()
  assert.deepEqual([summary.handled, summary.leftovers.length, server.deliveries.length], [1, 1, 1])
  assert.equal(server.in('drafts')[0]?.id, summary.leftovers[0]?.draftId)
})

test('categories that somebody added meanwhile stay', async () => {
  const { server, run } = world({ each: (_m, step) => step.categorise('c', 'Booked') })
  const id = server.receive({ categories: ['Red'] })
  const { mailbox } = new FakeProcess(server)
  let isFirst = true
  const racing = {
    ...mailbox,
    setCategories: (...args: Parameters<typeof mailbox.setCategories>) => {
      if (isFirst) server.change(server.items.get(id)!, { categories: ['Red', 'Blue'] })
      isFirst = false
      return mailbox.setCategories(...args)
    },
  }
  assert.equal((await run({ mailbox: racing })).handled, 1)
  assert.deepEqual(server.get(id).message.categories, ['Red', 'Blue', 'Booked'])
})

test('hostile file names end inside the files folder, each in a file of its own', async () => {
  const { server, run, dir } = world({ each: (_m, step) => step.saveAttachments('s', { to: '../../out' }) })
  const names = ['../../x.pdf', 'x.pdf', 'X.PDF', 'NUL', '..', 'a\u202efdp.exe', `${'long'.repeat(100)}.pdf`]
  server.receive({ files: Object.fromEntries(names.map((name) => [name, `content of ${name}`])) })
  await run()
  const found = readdirSync(join(dir, 'files', 'out'))
  assert.equal(found.length, names.length)
  const contents = found.map((name) => readFileSync(join(dir, 'files', 'out', name), 'utf8'))
  assert.deepEqual(contents.sort(), names.map((name) => `content of ${name}`).sort())
  assert.deepEqual(
    readdirSync(dir).filter((name) => name === 'out'),
    [],
  )
  assert.ok(!relative(dir, join(dir, 'files')).startsWith('..'))
})

test('mail that came after the snapshot is newer, and left for the next run', async () => {
  const { server, run } = world({
    each: (message) => {
      if (message.subject === 'first') server.receive({ subject: 'late' })
    },
  })
  server.receive({ subject: 'first' })
  const summary = await run()
  assert.deepEqual([summary.handled, summary.newer, summary.coverage], [1, 1, 'complete'])
  assert.equal((await run()).handled, 1)
})

test('a message that the first listing left out is found by the second round', async () => {
  const { server, run } = world({ each: () => undefined })
  const ids = [server.receive(), server.receive(), server.receive()]
  const { mailbox } = new FakeProcess(server)
  let lists = 0
  const summary = await run({
    mailbox: {
      ...mailbox,
      listMessages: async function* (o) {
        lists += 1
        for await (const message of mailbox.listMessages(o))
          if (lists > 2 || message.id !== ids[1]) yield message
      },
    },
  })
  assert.deepEqual([summary.handled, summary.coverage], [3, 'complete'])
})

test('an interrupted run ends its step, begins no other, and is gone on with', async () => {
  const stop = new AbortController()
  const { server, run } = world({
    each: async (_m, step) => {
      await step.run('one', () => stop.abort())
      await step.reply('two', { text: 'x' })
    },
  })
  for (let n = 0; n < 9; n += 1) server.receive()
  const summary = await run({ signal: stop.signal })
  assert.equal(summary.interrupted, true)
  assert.equal(server.deliveries.length, 0)
  assert.deepEqual(summary.coverage, { incomplete: 9 })
  const next = await run({
    each: (_m, step) => step.run('one', () => 1).then(() => step.reply('two', { text: 'x' })),
  })
  assert.deepEqual([next.handled, next.coverage, server.deliveries.length], [9, 'complete', 9])
})

test('a sign-in that has ended ends the run, and nothing counts as failed', async () => {
  const { server, run, ledgerFile } = world({ each: (_m, step) => step.move('m', 'Inbox/Booked') })
  server.receive()
  const { mailbox } = new FakeProcess(server)
  const refused = (): never => {
    throw new SignInError('signin/refresh-refused', 'your sign-in has expired')
  }
  await assert.rejects(run({ mailbox: { ...mailbox, move: async () => refused() } }), {
    code: 'signin/refresh-refused',
  })
  assert.equal(listRuns(ledgerFile)[0]?.failed, 0)
  assert.equal((await run()).handled, 1)
})

test('a second run of the same flow on the same mailbox is refused while the first is at work', async () => {
  const { run, ledgerFile } = world({ each: () => undefined })
  const lock = takeRunLock(ledgerFile, { flow: 'test', tid: 't', oid: 'o' })
  await assert.rejects(run(), { code: 'flow/already-running' })
  lock.release()
  assert.equal((await run()).coverage, 'complete')
})

test('a dry run writes nothing, calls no run step, and tells the cost', async () => {
  let calls = 0
  const { server, run, dir } = world({
    each: async (_m, step) => {
      await step.saveAttachments('s', { to: 'in' })
      const booking = await step.run('book', () => ({ number: ++calls }))
      await step.reply('a', { text: `Booked as ${booking.number}` })
      await step.move('m', 'Inbox/Booked')
    },
  })
  server.receive({ files: { 'a.pdf': 'x' } })
  server.receive({ internetMessageHeaders: [{ name: 'List-Id', value: 'x' }] })
  const before = JSON.stringify([...server.items], null, 1)
  const summary = await run({ dryRun: true })
  assert.equal(JSON.stringify([...server.items], null, 1), before)
  assert.equal(calls, 0)
  assert.ok(!existsSync(join(dir, 'ledger.db')) && !existsSync(join(dir, 'files')))
  assert.deepEqual(summary.messages[0]?.planned?.slice(0, 2), ['save a.pdf to in', 'run book'])
  assert.deepEqual([summary.handled, summary.skipped, summary.cost?.sends], [1, 1, 1])
})

test('explain tells every step, and which condition does not hold', async () => {
  const { server, run, ledgerFile } = world({ each: (_m, step) => step.markRead('r') })
  const id = server.receive()
  await run()
  const { mailbox } = new FakeProcess(server)
  const flow = defineFlow({
    name: 'test',
    mailbox: 'me',
    where: { folder: 'Inbox', unread: true },
    each: () => 0,
  })
  const said = await explainMessage({ ledgerFile, messageId: id, flow, mailbox, clock: server.clock })
  assert.deepEqual(
    said.generations[0]?.steps.map(({ name, state }) => [name, state]),
    [['r', 'done']],
  )
  assert.deepEqual(
    said.conditions.map(({ condition, holds }) => [condition, holds]),
    [
      ['folder', true],
      ['unread', false],
    ],
  )
  await assert.rejects(explainMessage({ ledgerFile, messageId: 'nobody' }), { code: 'flow/no-such-message' })
})

for (const [answer, deliveries] of [
  ['sent', 1],
  ['resend', 2],
] as const) {
  test(`settle --${answer} reopens a doubtful message, and nothing else can be settled`, async () => {
    const { server, run, ledgerFile } = world({
      each: async (_m, step) => {
        await step.reply('a', { text: 'x' })
        await step.move('m', 'Inbox/Booked')
      },
    })
    server.hiddenMs = Number.POSITIVE_INFINITY
    server.visibleMs = 0
    server.receive()
    const { mailbox } = new FakeProcess(server)
    const lossy = {
      ...mailbox,
      sendDraft: (id: string) =>
        mailbox.sendDraft(id).then(() => Promise.reject(new Error('connection lost'))),
    }
    const first = await run({ mailbox: lossy })
    const stepId = first.messages[0]?.stepId ?? ''
    assert.equal(first.doubtful, 1)
    assert.throws(() => settle(ledgerFile, 'ffffffffffff', answer), { code: 'flow/no-such-step' })
    assert.equal(settle(ledgerFile, stepId.slice(0, 12), answer).name, 'a')
    assert.throws(() => settle(ledgerFile, stepId, answer), { code: 'flow/not-doubtful' })
    assert.equal((await run()).handled, 1)
    assert.equal(server.deliveries.length, deliveries)
  })
}

test('every run is listed, newest first', async () => {
  const { server, run, ledgerFile } = world({ each: () => undefined })
  assert.deepEqual(listRuns(ledgerFile), [])
  server.receive()
  await run()
  server.clock.advance(1)
  await run()
  assert.deepEqual(
    listRuns(ledgerFile).map(({ handled, endedAtMs }) => [handled, endedAtMs !== undefined]),
    [
      [0, true],
      [1, true],
    ],
  )
})
