import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { flowNeeds, needsOf, permissionsFor, readFlowNeeds } from './flow-needs.ts'
import { readFlowText } from './flow-text/read-flow-text.ts'
import { tokensOf } from './flow-text/tokens.ts'
import { RegistrationError } from './registration-error.ts'

const base = ['offline_access', 'openid', 'profile', 'User.Read']

function flowOf(
  each: string,
  o: { head?: string; rest?: string; mailbox?: string; modules?: Record<string, string> } = {},
) {
  const text = `${o.head ?? ''}
import { defineFlow } from 'letterlock'
export default defineFlow({
  name: 'x', ${o.mailbox ?? "mailbox: 'me'"}, where: { folder: 'Inbox' },
  ${each},
  ${o.rest ?? ''}
})`
  return flowNeeds(
    readFlowText('x.flow.ts', text, (specifier) => {
      const module = o.modules?.[specifier]
      return module === undefined ? undefined : { file: specifier, text: module }
    }),
  )
}
const askedBy = (each: string, o?: Parameters<typeof flowOf>[1]): string[] =>
  permissionsFor([flowOf(each, o)]).filter((one) => !base.includes(one))

test('a flow that only reads asks to read, one that writes asks to write, and Mail.Send is asked only if something sends', () => {
  assert.deepEqual(askedBy('each: (m, step) => step.skip("no")'), ['Mail.Read'])
  assert.deepEqual(askedBy("async each(m, step) { await step.saveAttachments('a', { to: 'b' }) }"), [
    'Mail.Read',
  ])
  for (const verb of ['move', 'markRead', 'flag', 'categorise', 'delete'])
    assert.deepEqual(askedBy(`each: (m, step) => step.${verb}('a', 'b')`), ['Mail.ReadWrite'], verb)
  for (const verb of ['reply', 'forward', 'send'])
    assert.deepEqual(
      askedBy(`each: (m, step) => step.${verb}('a', {})`),
      ['Mail.ReadWrite', 'Mail.Send'],
      verb,
    )
  assert.deepEqual(
    askedBy('each: (m, step) => step.skip("no")', { rest: "onFailure: { move: 'Inbox/Failed' }" }),
    ['Mail.ReadWrite'],
  )
})

test('.Shared is asked only for another’s mailbox', () => {
  const each = "each: (m, step) => step.reply('a', {})"
  const own = "mailbox: 'bot@contoso.example', signInAs: 'Bot@contoso.example'"
  assert.deepEqual(askedBy(each, { mailbox: own }), ['Mail.ReadWrite', 'Mail.Send'])
  const others = "mailbox: 'billing@contoso.example', signInAs: 'bot@contoso.example'"
  assert.deepEqual(askedBy(each, { mailbox: others }), ['Mail.ReadWrite.Shared', 'Mail.Send.Shared'])
  const both = [flowOf(each, { mailbox: others }), flowOf('each: (m, step) => step.skip("no")')]
  assert.deepEqual(permissionsFor(both).slice(4), ['Mail.Read', 'Mail.ReadWrite.Shared', 'Mail.Send.Shared'])
})

test('every need names its line, and needs of a permission that is part of another stand under that one', () => {
  const needs = needsOf([
    readFlowNeeds(fileURLToPath(new URL('../../examples/invoices.flow.ts', import.meta.url))),
  ])
  assert.deepEqual(
    needs.slice(4).map((one) => `${one.permission} ${one.line}`),
    ['Mail.ReadWrite 8', 'Mail.ReadWrite 10', 'Mail.ReadWrite 13', 'Mail.ReadWrite 14', 'Mail.ReadWrite 15', 'Mail.ReadWrite 17', 'Mail.Send 13'], // prettier-ignore
  )
})

test('a step is found in branches, helpers, other files, under other names, and not in comments, texts or other objects', () => {
  const sends = ['Mail.ReadWrite', 'Mail.Send']
  const found: [string, Parameters<typeof flowOf>[1]?][] = [
    ["async each(m: FlowMessage, s: Steps): Promise<void> { if (m.isRead) { s?.reply('a', {}) } }"],
    ["each: async (m, { skip, reply: answer }) => { answer('a', {}) }"],
    ["each: async (m, step) => { const { forward } = step; await forward('a', {}) }"],
    ["each: async (m, step) => { const s = step; await s.send('a', {}) }"],
    ['each: handle', { head: "async function handle(m, step) { await step.reply('a', {}) }" }],
    ['each: handle', { head: "const handle = async (m, step) => step.reply('a', {})" }],
    ['each: (m, step) => answer(m, step)', { head: "function answer(m, x) { return x.reply('a', {}) }" }],
    [
      'each: (m, step) => answer({ a: [1, 2] }, step)',
      { head: "import { reply as answer } from './a.ts'", modules: { './a.ts': 'export function reply(_: object, x: Steps) { x.send(`a`, {}) }' } }, // prettier-ignore
    ],
    [
      'each: (m, step) => helpers.answer(step)',
      { head: "import * as helpers from './a.ts'", modules: { './a.ts': 'export const answer = (x) => x.send("a", {})' } }, // prettier-ignore
    ],
    [
      'each: (m, step) => answer(step)',
      { head: "import answer from './a.ts'", modules: { './a.ts': 'export default (0); export default function (x) { x.send("a") }' } }, // prettier-ignore
    ],
    ["each: (m, step) => `${m.subject}` === 'x' && step.reply(`thanks ${m.id}`, {})"],
    ["each: (m, step) => /[/'`]/.test(m.subject) ? step.reply('a', {}) : step.skip('no')"],
  ]
  for (const [each, o] of found) {
    const flow = flowOf(each, o)
    assert.deepEqual(permissionsFor([flow]).slice(4), sends, each)
    assert.deepEqual(flow.unseen, [], each)
  }
  const not = [
    "each: (m, step) => { /* step.reply('a') */ step.skip('step.send(1)') } // step.send('a')",
    "each: (m, step) => { mailer.send('a'); m.step.reply('a'); step.skip(`step.reply`) }",
    "each: (m, step) => { step.skip('x') }, other: (step) => step.send('a')",
    'each: (m, step) => step.skip(/step.send(1)/.source)',
  ]
  for (const each of not) assert.deepEqual(askedBy(each), ['Mail.Read'], each)
})

test('where the text does not tell, that is said with its line, and nothing is guessed', () => {
  const unclear: [string, RegExp][] = [
    ['each: (m, step) => step[m.subject]()', /computed name/],
    ['each: (m, step) => answer(step)', /handed to answer/],
    ['each: (m, step) => new Map([[m, step]])', /not followed/],
    ['each: (m, ...rest) => rest[0].send("a")', /taken with \.\.\./],
    ['each: makeEach()', /function of each/],
    ['each: (m, step) => { this.step = step }', /kept in a variable/],
  ]
  for (const [each, why] of unclear) {
    const { unseen } = flowOf(each)
    assert.match(unseen[0]?.why ?? '', why, each)
    assert.equal(unseen[0]?.line, 5)
  }
  assert.match(
    flowOf('each: (m, s) => s.skip("x")', { mailbox: 'mailbox: process.env.BOX' }).unseen[0]!.why,
    /mailbox/,
  )
})

test('a flow file is read, never run', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-needs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [file, proof] = [join(folder, 'x.flow.ts'), join(folder, 'ran')]
  const head = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(proof)}, '')\n`
  writeFileSync(file, `${head}export default defineFlow({ name: 'x', mailbox: 'me', where: {}, each() {} })`)
  assert.deepEqual(permissionsFor([readFlowNeeds(file)]), [...base, 'Mail.Read'])
  assert.ok(!existsSync(proof))
})

test('a file that holds no flow, a YAML file and no file at all are named', () => {
  for (const file of [
    fileURLToPath(import.meta.resolve('./flow-text/tokens.ts')),
    'x.flow.yaml',
    'missing.flow.ts',
  ]) {
    assert.throws(
      () => readFlowNeeds(file),
      (error) =>
        error instanceof RegistrationError && error.code === 'registration/flow-unreadable' && !!error.fix,
    )
  }
})

test('whatever a flow file holds, reading it ends, and its tokens lose nothing but gaps', () => {
  let seed = 20_261_125
  const draw = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
  const words = ['defineFlow(', '{', '}', '(', ')', '[', ']', 'each', ':', ',', '=>', 'step', '.', '?.', 'reply', "'", '"', '`', '${', '/', '//', '/*', '*/', '\\', '\n', 'function', 'const', '=', '...', 'async', 'import', 'from', "'./a.ts'", '1', '😀'] // prettier-ignore
  for (let round = 0; round < 5_000; round++) {
    const body = Array.from({ length: draw(40) }, () => words[draw(words.length)]).join(draw(2) ? '' : ' ')
    tokensOf(body)
    try {
      readFlowText('x', `defineFlow({ each: (m, step) => { ${body}`, () => ({ file: 'a', text: body }))
    } catch (error) {
      assert.ok(error instanceof RegistrationError, `${JSON.stringify(body)}: ${String(error)}`)
    }
  }
})
