// The consent pack of examples/invoices.flow.ts as an administrator opens it: axe, no request, its own policy kept.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clouds } from '../../src/facts/clouds.ts'
import { consentPack, readAppFile, readFlowNeeds } from '../../src/registration/index.ts'
import { startChromium, type Started } from './chromium.ts'

const example = (file: string): string => fileURLToPath(new URL(`../../examples/${file}`, import.meta.url))
const spec = readAppFile(example('letterlock.app.yaml'))
const common = {
  cloud: clouds.global,
  tenant: 'contoso.example',
  preparedMs: Date.parse('2026-11-25T12:00:00Z'),
}
const packs = {
  'the invoices example': consentPack({
    ...common,
    spec,
    flows: [readFlowNeeds(example('invoices.flow.ts'))],
    clientId: '11111111-2222-3333-4444-555555555555',
  }),
  'access without a user, a long name, no flow': consentPack({
    ...common,
    cloud: clouds['gcc-high'],
    spec: {
      ...spec,
      name: `<b>${'Reader'.repeat(15)}`,
      client: 'confidential',
      redirectUris: ['https://reader.contoso.example/a/rather/long/path/that/does/not/break'],
      applicationPermissions: ['Mail.Read'],
      assignmentRequired: false,
      assigned: [],
    },
    flows: [],
  }),
}

let started: Started | string
before(async () => {
  started = await startChromium()
})
after(async () => {
  if (typeof started !== 'string') await started?.browser.close()
})

for (const [what, pack] of Object.entries(packs))
  for (const [width, scheme] of [
    [1280, 'light'],
    [320, 'dark'],
  ] as const)
    test(`the consent pack of ${what}: axe finds nothing, nothing is loaded: ${width} px, ${scheme}`, async (t) => {
      if (typeof started === 'string') return t.skip(started)
      const context = await started.browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: scheme,
      })
      t.after(() => context.close())
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('request', (one) => void (one.url().startsWith('data:') || complaints.push(one.url())))
      await page.setContent(pack)
      await page.evaluate(readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'))
      const found = await page.evaluate(
        `axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })`,
      )
      const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] }
      assert.deepEqual(
        violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html}`)),
        [],
      )
      assert.ok(((await page.evaluate('document.documentElement.scrollWidth')) as number) <= width)
      assert.deepEqual(complaints, [])
      t.diagnostic(`${started.versions}: 0 violations`)
    })
