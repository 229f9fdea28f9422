// The consent pack of examples/invoices.flow.ts, read as an administrator would: and its lines, run.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type HTMLElement, parse } from 'node-html-parser'
import { clouds } from '../../src/facts/clouds.ts'
import { seedScopes } from '../../src/facts/scopes.ts'
import {
  type AppSpec,
  consentPack,
  type PackRequest,
  parseAppFile,
  planApp,
  readAppFile,
  readFlowNeeds,
} from '../../src/registration/index.ts'
import { openRecipeLab, type RecipeLab, registered } from '../recipes/lab.ts'

const example = (file: string): string => fileURLToPath(new URL(`../../examples/${file}`, import.meta.url))
const spec: AppSpec = readAppFile(example('letterlock.app.yaml'))
const flows = [readFlowNeeds(example('invoices.flow.ts'))]
const request: PackRequest = {
  spec,
  flows,
  cloud: clouds.global,
  tenant: 'contoso.example',
  preparedMs: Date.parse('2026-11-25T12:00:00Z'),
}
const hostileName = `<img src=x onerror=alert(1)></title><script>alert(1)</script> "&'`

let lab: RecipeLab
before(async () => {
  lab = await openRecipeLab()
})
after(async () => {
  await lab?.close()
})

function section(page: string, id: string): HTMLElement {
  const found = parse(page).querySelector(`section[aria-labelledby=${id}]`)
  assert.ok(found, id)
  return found
}

/** The commands of one tool, in the order of the page. */
function commands(page: string, id: string, tool: string, titles = /./): string {
  return section(page, id)
    .querySelectorAll('pre')
    .filter((one) => one.getAttribute('aria-label')!.startsWith(`${tool}: `))
    .filter((one) => titles.test(one.getAttribute('aria-label')!))
    .map((one) => one.textContent)
    .join('\n')
}

test('each permission stands beside the lines of the flow that need it', () => {
  const source = readFileSync(example('invoices.flow.ts'), 'utf8').split('\n')
  const rows = section(consentPack(request), 'why').querySelectorAll('tbody tr')
  assert.deepEqual(
    rows.map((row) => row.querySelector('th')!.textContent),
    [...seedScopes],
  )
  const linesOf = (permission: string): string[] =>
    rows
      .find((row) => row.querySelector('th')!.textContent === permission)!
      .querySelectorAll('li code')
      .map((code) => source[Number(/^invoices\.flow\.ts:(\d+)$/.exec(code.textContent)![1]) - 1]!)
  assert.match(linesOf('Mail.Send').join('\n'), /^\s*await step\.reply\('thanks'.*$/)
  const all = linesOf('Mail.ReadWrite').join('\n')
  for (const words of [
    'where:',
    'step.saveAttachments',
    'step.reply',
    'step.categorise',
    'step.move',
    'onFailure:',
  ])
    assert.match(all, new RegExp(words.replace('.', '\\.')))
})

test('it says what the bot cannot do, and where its own code takes the data', () => {
  const page = consentPack(request)
  assert.match(section(page, 'can').textContent, /Open another mailbox.*Hold a password or a client secret/s)
  assert.match(section(page, 'data').textContent, /invoices\.flow\.ts:12\s+code of its own/)
})

for (const [tool, format] of [
  ['With Microsoft Graph PowerShell', 'pwsh'],
  ['With Azure CLI', 'az'],
] as const)
  test(`${tool}: the page’s own lines register, grant to one user, and revoke`, async () => {
    const own = { ...spec, name: `Pack bot by ${format}` }
    await lab.play(format, commands(consentPack({ ...request, spec: own }), 'ways', tool))
    const made = await registered(lab.admin, own.name)
    const [grant, ...more] = made['grants'] as { consentType: string; scope: string; principalId: string }[]
    const user = await lab.admin.request<{ id: string }>('GET', `/users/${spec.assigned[0]!}`)
    assert.deepEqual(
      [grant!.consentType, grant!.principalId, grant!.scope, more],
      ['Principal', user.body.id, seedScopes.join(' '), []],
    )
    const { appId, changes } = await planApp(lab.admin, own)
    assert.deepEqual(changes, [])
    const known = consentPack({ ...request, spec: own, clientId: appId! })
    await lab.play(format, commands(known, 'check', tool))
    await lab.play(format, commands(known, 'revoke', tool, /consent away/))
    assert.deepEqual((await registered(lab.admin, own.name))['grants'], [])
    await lab.play(format, commands(known, 'revoke', tool, /nobody sign in|Delete/))
    assert.equal((await planApp(lab.admin, own)).appId, null)
  })

test('the app file at its end is the registration, and can be read again', () => {
  const text = section(consentPack(request), 'file').querySelector('pre')!.textContent
  const { flows: _flows, ...bare } = spec
  assert.deepEqual({ ...parseAppFile(text) }, bare)
})

test('what strangers named stays text: tags, quotes, and marks that turn the writing', () => {
  const name = `Bot \u200fgnp.exe${hostileName}`
  const [flow] = flows
  const turned = {
    ...flow!,
    needs: [
      { permission: 'Mail.Send', because: 'step "\u202eabc</li><script>" \u0007', file: '<b>.ts', line: 1 },
    ],
  }
  const page = consentPack({ ...request, spec: { ...spec, name }, flows: [turned] })
  const tree = parse(page)
  assert.equal(tree.querySelectorAll('script, img').length, 0)
  assert.doesNotMatch(page, /(?!\n)[\p{Cc}\p{Cf}]/u)
  assert.match(page, /\\u\{202e\}abc&lt;\/li&gt;/)
  assert.equal(tree.querySelectorAll('section').length, 7)
})
