// What is written comes out whole and in order, however slowly it is read, and a reader that leaves is no error.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

const module = new URL('standard-streams.ts', import.meta.url).href
const run = (code: string) =>
  spawn(
    process.execPath,
    ['--input-type=module', '-e', `import { streamOf, writeNow } from '${module}'\n${code}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
const line = (n: number): string => `${n} ${'x'.repeat(2_000)}\n`

test('two thousand lines come out in order, before and after the stream object exists', async () => {
  const child = run(
    `const line = (n) => n + ' ' + 'x'.repeat(2000) + '\\n'
for (let n = 0; n < 2000; n++) { if (n === 1000) streamOf(1); writeNow(1, line(n)) }`,
  )
  const exit = once(child, 'close')
  let seen = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) seen += chunk
  assert.equal((await exit)[0], 0)
  assert.equal(seen, Array.from({ length: 2_000 }, (_, n) => line(n)).join(''))
})

test('a reader that has gone ends the program quietly', async () => {
  const child = run(`for (let n = 0; n < 2000; n++) writeNow(1, 'x'.repeat(2000))`)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stdout.once('data', () => child.stdout.destroy())
  const [code] = (await once(child, 'close')) as [number]
  assert.deepEqual([code, said], [0, ''])
})
