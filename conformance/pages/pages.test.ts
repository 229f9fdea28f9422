// Every page in a real Chromium, judged by axe. The other sizes and schemes, and without JavaScript: pages.long.test.ts.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startChromium } from './chromium.ts'
import { judgedWalk } from './judge-page.ts'
import { startPagesLab, walkEveryPage } from './walk.ts'

/** The names that the sources give their pages: a new page that is not walked makes this red. */
function pageNames(): Set<string> {
  const root = new URL('../../src/tenant/', import.meta.url)
  const names = globSync('**/*.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(new URL(file, root), 'utf8').matchAll(/\bpage\(\s*'([a-z-]+)'/g)].map(
      ([, name]) => name!,
    ),
  )
  return new Set(names)
}

test('every page passes axe (WCAG 2.2 AA), says that it is a stand-in, and is used with the keyboard alone', async (t) => {
  const started = await startChromium()
  if (typeof started === 'string') return t.skip(started)
  t.after(() => started.browser.close())
  t.diagnostic(started.versions)
  await using lab = await startPagesLab()
  const walk = judgedWalk(started.browser, {
    lab,
    variant: { javaScript: true, width: 1280, scheme: 'light' },
  })
  await walkEveryPage(walk)
  assert.deepEqual(walk.complaints, [])
  assert.deepEqual([...pageNames().difference(walk.visited)], [], 'pages that nobody walked')
  t.diagnostic(`${walk.visited.size} pages`)
})
