import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FlowDefinition } from './contract.ts'
import { defineFlow } from './define-flow.ts'
import { FakeServer } from './fake-mailbox.fixture.ts'
import { loadFlow } from './load-flow.ts'
import { checkWhere, parseInstant, scopeBounds } from './where.ts'

const dir = mkdtempSync(join(tmpdir(), 'letterlock-flow-'))
after(() => rmSync(dir, { recursive: true, force: true }))

const good: FlowDefinition = { name: 'x', mailbox: 'me', where: { folder: 'Inbox' }, each: () => undefined }

for (const [title, bad] of [
  ['a misspelt condition', { where: { folder: 'Inbox', hasAttachment: true } }],
  ['a name with a line break', { name: 'a\nb' }],
  ['an age that is none', { where: { folder: 'Inbox', since: 'lately' } }],
  ['no function', { each: undefined }],
  ['zero attempts', { onFailure: { attempts: 0 } }],
  ['an empty list of words', { where: { folder: 'Inbox', subject: { containsAny: [] } } }],
] as const) {
  test(`${title} is refused by name`, () => {
    const given = { ...good, ...bad } as unknown as FlowDefinition
    assert.throws(() => defineFlow(given), { code: 'flow/definition-invalid' })
  })
}

test('a flow is tried four times unless it says otherwise', () => {
  assert.equal(defineFlow(good).onFailure.attempts, 4)
})

test('the examples load, with `letterlock` resolved to this package', async () => {
  const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
  assert.equal((await loadFlow(join(examples, 'invoices.flow.ts'))).name, 'invoices')
  assert.equal((await loadFlow(join(examples, 'basic.flow.ts'))).name, 'basic')
})

test('a flow file outside the package imports `letterlock` too', async () => {
  const file = join(dir, 'far.flow.mts')
  writeFileSync(
    file,
    `import { defineFlow } from 'letterlock'
     export default defineFlow({ name: 'far', mailbox: 'me', where: { folder: 'Inbox' }, each() {} })`,
  )
  assert.equal((await loadFlow(file)).name, 'far')
})

test('a file that is absent, broken or no flow has a code of its own', async () => {
  writeFileSync(join(dir, 'broken.mts'), 'export default {{{')
  writeFileSync(join(dir, 'other.mts'), 'export default { name: "x" }')
  await assert.rejects(loadFlow(join(dir, 'none.mts')), { code: 'flow/file-not-found' })
  await assert.rejects(loadFlow(join(dir, 'broken.mts')), { code: 'flow/file-broken' })
  await assert.rejects(loadFlow(join(dir, 'other.mts')), { code: 'flow/not-a-flow' })
})

test('ages and dates are instants, other words are not', () => {
  assert.equal(parseInstant('30d', 31 * 86_400_000), 86_400_000)
  assert.equal(parseInstant('2026-01-01', 0), Date.UTC(2026, 0, 1))
  assert.equal(parseInstant('1', 0), undefined)
})

test('every condition says what it found', () => {
  const server = new FakeServer()
  const id = server.receive({ subject: 'RECHNUNG 7', isRead: true })
  const where = {
    folder: 'Inbox',
    unread: true,
    subject: { containsAny: ['invoice', 'rechnung'] },
    from: 'fabrikam',
  }
  const reports = checkWhere(where, server.get(id).message, scopeBounds(where, 0))
  assert.deepEqual(
    reports.map(({ condition, holds }) => [condition, holds]),
    [
      ['unread', false],
      ['subject', true],
      ['from', true],
    ],
  )
})
