// Every command that a page of docs/ marks to be run is typed for real.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readBlocks } from './read-blocks.ts'

const root = new URL('../../', import.meta.url)
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const pages = ['README.md', ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, blocks: readBlocks(readFileSync(new URL(name, root), 'utf8')) }))
  .filter(({ blocks }) => blocks.length > 0)

test('a mark without a block is an error, not a page that passes', () => {
  assert.deepEqual(readBlocks('a\n<!-- run -->\n```sh\nls\n```\nb\n'), ['ls'])
  assert.throws(() => readBlocks('<!-- run -->\ntext\n```sh\nls\n```\n'), TypeError)
  assert.ok(pages.some(({ name }) => name === 'docs/tenant.md'))
})

for (const { name, blocks } of pages)
  test(`${name}: every command that is shown works`, (t) => {
    if (process.platform === 'win32') return t.skip('needs sh')
    const lab = mkdtempSync(join(tmpdir(), 'letterlock-docs-'))
    const work = join(lab, 'work')
    // The README says ./bin/letterlock, as in a clone; the pages of docs/ say letterlock.
    const bin = join(work, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'letterlock'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
    chmodSync(join(bin, 'letterlock'), 0o700)
    const env = {
      ...process.env,
      PATH: `${bin}:${process.env['PATH']}`,
      LETTERLOCK_HOME: join(lab, 'home'),
      NO_COLOR: '1',
    }
    const sh = (block: string) => spawnSync('sh', ['-euc', block], { cwd: work, env, encoding: 'utf8' })
    t.after(() => {
      sh('letterlock tenant down')
      rmSync(lab, { recursive: true, force: true })
    })
    for (const block of blocks) {
      const { status, stderr } = sh(block)
      assert.equal(status, 0, `${block}\n${stderr}`)
    }
  })
