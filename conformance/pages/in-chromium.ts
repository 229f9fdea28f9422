// What the tests with a person at a Chromium share: one browser and one tenant for a file, and a context for each test.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startChromium, type Started } from './chromium.ts'
import { newContext } from './judge-page.ts'
import { startPagesLab, type PagesLab } from './walk.ts'

export interface Opened {
  readonly started: Started | string
  readonly lab: PagesLab
}

/** Opens both before the file's tests and closes them after. */
export function openedForFile(): Opened {
  const opened = {} as { started: Started | string; lab: PagesLab }
  before(async () => {
    opened.started = await startChromium()
    opened.lab = await startPagesLab()
  })
  after(async () => {
    if (typeof opened.started !== 'string') await opened.started?.browser.close()
    await opened.lab?.[Symbol.asyncDispose]()
  })
  return opened
}

const variant = { javaScript: true, width: 1280, scheme: 'light' } as const

/** A test in a context of its own, skipped with the reason where no Chromium starts. Nothing may complain on the console but what is expected. */
export function inChromium(
  opened: Opened,
  title: string,
  o: { expected?: RegExp; work(page: Page): Promise<void> },
): void {
  test(title, async (t) => {
    const { started } = opened
    if (typeof started === 'string') return t.skip(started)
    const complaints: string[] = []
    const context = await newContext(started.browser, variant, complaints)
    try {
      await o.work(await context.newPage())
    } finally {
      await context.close()
    }
    assert.deepEqual(
      complaints.filter((one) => !o.expected?.test(one)),
      [],
    )
  })
}

/** Which of the tenant's pages is shown. */
export const nameOf = (page: Page): Promise<string | null> => page.locator('main').getAttribute('data-page')
