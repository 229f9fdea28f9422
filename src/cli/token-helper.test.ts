// What other programs do with our tokens, in real processes: docs/tokens.md, git's questions, and no network unasked.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openSignedInHome, type SignedInHome } from './signed-in.fixture.ts'

let home: SignedInHome
before(async () => {
  home = await openSignedInHome()
})
after(() => home[Symbol.asyncDispose]())

const page = readFileSync(new URL('../../docs/tokens.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
assert.ok(blocks.length >= 4)
for (const [index, block] of blocks.entries()) {
  test(`block ${index + 1} of docs/tokens.md runs as printed: ${block.trim().split('\n')[0]}`, async () => {
    const ended = await home.shell(`set -e\n${block}`, { env: { GRAPH: home.origin } })
    assert.equal(ended.exitCode, 0, ended.stderr)
    if (block.includes('curl')) assert.match(ended.stdout, /invoice\.bot@contoso\.example/)
  })
}

test('git gets a credential for Graph’s host and none for another, as git asks', async () => {
  const ask = (input: string) => home.letterlock(['credential', 'get'], { input })
  const { protocol, host } = new URL(home.origin)
  const question = `protocol=${protocol.slice(0, -1)}\nhost=${host}\n\n`
  const raw = (await home.letterlock(['token'])).stdout.trim()
  const answer = await ask(question)
  assert.match(answer.stdout, /^username=invoice\.bot@contoso\.example$/m)
  assert.ok(answer.stdout.includes(`password=${raw}\n`))
  assert.deepEqual(await ask('protocol=https\nhost=github.com\n\n'), { stdout: '', stderr: '', exitCode: 0 })
  for (const word of ['store', 'erase'])
    assert.deepEqual(await home.letterlock(['credential', word], { input: question }), {
      stdout: '',
      stderr: '',
      exitCode: 0,
    })
})

test('a command that needs no network touches none', async (t) => {
  const log = join(home.folder, 'network.log')
  writeFileSync(log, '')
  const preload = new URL('no-network.fixture.ts', import.meta.url).href
  const env = { NO_NETWORK: log, NODE_OPTIONS: `--import=${preload}` }
  const offline = [
    ['--version'],
    ['--help'],
    ['login', '--help'],
    ['token'],
    ['token', '--format', 'header'],
    ['accounts'],
    ['accounts', '--json'],
    ['doctor', 'AADSTS50011'],
    ['runs'],
    ['nonsense'],
  ]
  for (const words of offline) {
    const ended = await home.letterlock(words, { env })
    assert.equal(ended.exitCode, words[0] === 'nonsense' ? 2 : 0, `${words.join(' ')}: ${ended.stderr}`)
    assert.equal(readFileSync(log, 'utf8'), '', words.join(' '))
  }
  await t.test('the watch itself works: a command that needs it is caught', async () => {
    const ended = await home.letterlock(['mail', 'list'], { env })
    assert.notEqual(ended.exitCode, 0)
    assert.match(readFileSync(log, 'utf8'), /connect|lookup/)
  })
})

test('a format that does not exist is wrong usage, and no token is on stdout then', async () => {
  const ended = await home.letterlock(['token', '--format', 'yaml'])
  assert.equal(ended.exitCode, 2)
  assert.equal(ended.stdout, '')
})
