// docs/security.md names a test for each rule: each must exist, word for word. Two rules are shown here, by the source.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

test('every test that docs/security.md names exists in its file', () => {
  const rows = [...read('docs/security.md').matchAll(/\| `([^`]+\.test\.ts)`: (.+?) \|$/gm)]
  assert.ok(rows.length >= 50, `${rows.length} rows`)
  for (const [, file = '', title = ''] of rows) {
    const text = read(file)
    assert.ok(text.includes(`'${title}'`) || text.includes(`"${title}"`), `${file}: ${title}`)
  }
})

test('no grant of passwords, no implicit grant and no plain challenge is in the source', () => {
  const files = globSync('src/{signin,cli}/**/*.ts', { cwd: root }).filter(
    (file) => !/\.(test|fixture)\.ts$/.test(file),
  )
  assert.ok(files.length > 50)
  for (const file of files) {
    const text = read(file)
    assert.doesNotMatch(text, /grant_type['"]?\s*[:,=]\s*['"]password|response_type:\s*'(?!code')/, file)
    assert.doesNotMatch(text, /code_challenge_method:\s*'plain'/, file)
  }
})

test('the device code comes with the warning of codes that others sent', () => {
  assert.match(
    read('src/cli/transcripts/login.device-code.transcript'),
    /type no code that somebody sent you/,
  )
})
