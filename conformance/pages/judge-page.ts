// What is judged on every page: axe, the policy, the words that say it is a stand-in, its width, its errors, the keyboard.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { folder } from './chromium.ts'
import type { PagesLab, Visit, Walker } from './walk.ts'

export interface Variant {
  readonly javaScript: boolean
  /** CSS pixels. 320 is what WCAG 1.4.10 asks for. */
  readonly width: number
  readonly scheme: 'light' | 'dark'
}

export interface JudgedWalk extends Walker {
  readonly visited: Set<string>
  /** Texts of the console that report an error, the policy's included. */
  readonly complaints: string[]
}

/** A walk whose every visit is judged; screenshots go to the folder that PAGES_SCREENSHOTS names. */
export function judgedWalk(browser: Browser, o: { lab: PagesLab; variant: Variant }): JudgedWalk {
  const visited = new Set<string>()
  const complaints: string[] = []
  const visit: Visit = async (page, name, note = '') => {
    visited.add(name)
    const what = `${name} ${note}`.trim()
    const main = page.locator('main')
    assert.equal(await main.getAttribute('data-page'), name, `${what}: ${await main.textContent()}`)
    assert.match(await page.locator('header').innerText(), /a stand-in for practice, not Microsoft/, what)
    await screenshot(page, what, o.variant)
    // Without JavaScript axe does not end; the pages are the same.
    if (!o.variant.javaScript) return
    assert.deepEqual(await violations(page), [], what)
    const width = (await page.evaluate('document.documentElement.scrollWidth')) as number
    assert.ok(width <= o.variant.width, `${what}: ${width} px wide on a screen of ${o.variant.width}`)
    assert.deepEqual(await unreachable(page), [], `${what}: not reached by Tab, or without a visible focus`)
  }
  return {
    lab: o.lab,
    javaScript: o.variant.javaScript,
    visited,
    complaints,
    visit,
    newContext: () => newContext(browser, o.variant, complaints),
  }
}

export async function newContext(
  browser: Browser,
  { javaScript, width, scheme }: Variant,
  complaints: string[] = [],
): Promise<BrowserContext> {
  const context = await browser.newContext({
    javaScriptEnabled: javaScript,
    viewport: { width, height: 800 },
    colorScheme: scheme,
  })
  context.setDefaultTimeout(15_000)
  context.on('console', (message) => {
    // An address that answers 404 is told on the console, and so is the script that the walk holds up: no faults of a page.
    const isMeant =
      /status of 404/.test(message.text()) || message.location().url.endsWith('/shown/form-post')
    if (message.type() === 'error' && !isMeant) complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('response', (response) => {
    const type = response.headers()['content-type'] ?? ''
    if (!type.startsWith('text/html') || response.url().includes('/Callback')) return
    const policy = response.headers()['content-security-policy'] ?? 'none'
    if (!policy.startsWith("default-src 'none'; style-src 'sha256-") || /unsafe|\*|https?:/.test(policy))
      complaints.push(`the policy of ${response.url()} is ${policy}`)
  })
  return context
}

const axeSource = (): string => readFileSync(new URL('node_modules/axe-core/axe.min.js', folder), 'utf8')

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** Every rule of axe: WCAG 2.2 A and AA, and its best practices. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource())
  const found = (await page.evaluate(`axe.run(document, {
    resultTypes: ['violations'],
    rules: { 'target-size': { enabled: true } },
  })`)) as AxeResults
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  )
}

/** Controls that a person with a keyboard does not get to, or cannot see that they got to. */
async function unreachable(page: Page): Promise<string[]> {
  const controls = `[...document.querySelectorAll('a[href],button,input:not([type=hidden]),textarea,summary')].filter((one) => one.checkVisibility())`
  const all = (await page.evaluate(
    `${controls}.map((one, index) => { one.dataset.walked = index; return one.outerHTML })`,
  )) as string[]
  await page.evaluate(`(document.activeElement?.blur(), getSelection()?.removeAllRanges())`)
  const reached = new Set<number>()
  for (let turn = 0; turn < all.length + 2; turn++) {
    await page.keyboard.press('Tab')
    const at = (await page.evaluate(`(() => {
      const one = document.activeElement
      const { outlineStyle, outlineWidth } = getComputedStyle(one)
      return outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? -1 : Number(one.dataset.walked ?? -1)
    })()`)) as number
    reached.add(at)
  }
  return all.filter((_, index) => !reached.has(index))
}

async function screenshot(page: Page, what: string, { javaScript, width, scheme }: Variant): Promise<void> {
  const dir = process.env['PAGES_SCREENSHOTS']
  if (!dir) return
  const variant = join(dir, `${width}-${scheme}${javaScript ? '' : '-without-javascript'}`)
  mkdirSync(variant, { recursive: true })
  await page.screenshot({ path: join(variant, `${what.replaceAll(' ', '-')}.png`), fullPage: true })
}
