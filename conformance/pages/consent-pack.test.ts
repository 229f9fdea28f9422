// The consent pack of examples/invoices.flow.ts as an administrator opens it: axe, no request, its own policy kept.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clouds } from '../../src/facts/clouds.ts'
import { consentPack, readAppFile, readFlowNeeds } from '../../src/registration/index.ts'
import { startChromium, type Started } from './chromium.ts'

const example = (file: string): string => fileURLToPath(new URL(`../../examples/${file}`, import.meta.url))
const pack = consentPack({
  spec: readAppFile(example('letterlock.app.yaml')),
  flows: [readFlowNeeds(example('invoices.flow.ts'))],
  cloud: clouds.global,
  tenant: 'contoso.example',
  clientId: '11111111-2222-3333-4444-555555555555',
  preparedMs: Date.parse('2026-11-25T12:00:00Z'),
})

let started: Started | string
before(async () => {
  started = await startChromium()
})
after(async () => {
  if (typeof started !== 'string') await started?.browser.close()
})

for (const [width, scheme] of [
  [1280, 'light'],
  [320, 'dark'],
] as const)
  test(`the consent pack: axe finds nothing, and nothing is loaded: ${width} px, ${scheme}`, async (t) => {
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
    const shots = process.env['PAGES_SCREENSHOTS']
    if (shots)
      await page.screenshot({
        path: join(shots, `consent-pack-${width}-${scheme}.png`),
        fullPage: width > 400,
      })
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
