// Every page again: on a screen of 320 px (WCAG 1.4.10), in the dark, and without JavaScript.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openedForFile } from './in-chromium.ts'
import { judgedWalk, type Variant } from './judge-page.ts'
import { walkEveryPage } from './walk.ts'

const opened = openedForFile()
const variants: readonly Variant[] = [
  { javaScript: true, width: 320, scheme: 'light' },
  { javaScript: true, width: 320, scheme: 'dark' },
  { javaScript: true, width: 1280, scheme: 'dark' },
  { javaScript: false, width: 1280, scheme: 'light' },
  { javaScript: false, width: 320, scheme: 'dark' },
]
for (const variant of variants) {
  const { javaScript, width, scheme } = variant
  test(`every page, ${width} px wide, ${scheme}, ${javaScript ? 'with' : 'without'} JavaScript`, async (t) => {
    const { started, lab } = opened
    if (typeof started === 'string') return t.skip(started)
    const walk = judgedWalk(started.browser, { lab, variant })
    await walkEveryPage(walk)
    assert.deepEqual(walk.complaints, [])
    t.diagnostic(`${walk.visited.size} pages`)
  })
}
