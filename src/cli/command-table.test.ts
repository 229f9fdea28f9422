import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '@stricli/core'
import { buildLetterlock } from './application.ts'
import { type CommandGroup, type CommandSpec, commandTable } from './command-table.ts'

function commandsOf(group: CommandGroup, path: readonly string[] = []): [string[], CommandSpec][] {
  return Object.entries(group.commands).flatMap(([name, one]): [string[], CommandSpec][] =>
    'commands' in one ? commandsOf(one, [...path, name]) : [[[...path, name], one]],
  )
}

const commands = commandsOf(commandTable)

async function type(words: readonly string[]): Promise<{ stdout: string; exitCode: unknown }> {
  let stdout = ''
  const streams = { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => '' } }
  const parsing: { exitCode?: number | string | null } = {}
  await run(
    buildLetterlock(async () => '0.0.0'),
    words,
    {
      process: Object.assign(parsing, streams) as never,
      setExitCode: () => undefined,
    },
  )
  return { stdout, exitCode: parsing.exitCode }
}

test('every command has --help with two examples, and the flags that all have', async () => {
  for (const [words, spec] of commands) {
    const { stdout, exitCode } = await type([...words, '--help'])
    assert.equal(exitCode, 0, words.join(' '))
    for (const example of spec.examples) assert.ok(stdout.includes(example), `${words.join(' ')}: ${example}`)
    for (const flag of ['--json', '--quiet', '--account', '--cloud']) assert.ok(stdout.includes(flag), flag)
  }
})

test('every example is a command that exists, with flags that it has', () => {
  for (const [words, spec] of commands) {
    for (const example of spec.examples) {
      const found = new RegExp(`letterlock ${words.join(' ')}(?![\\w-])(.*?)(?:\\)"|$)`).exec(example)
      assert.ok(found, `${words.join(' ')}: ${example}`)
      const known = ['json', 'quiet', 'account', 'cloud', ...Object.keys(spec.flags ?? {})]
      for (const [, flag] of found[1]!.replace(/"[^"]*"/g, '').matchAll(/--([\w-]+)/g)) {
        const name = flag!.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
        assert.ok(known.includes(name), `${example}: --${flag}`)
      }
    }
  }
})

test('every command’s module loads and has what runs it', async () => {
  for (const [words, spec] of commands) {
    const module = await spec.load()
    assert.equal(typeof module.run, 'function', words.join(' '))
  }
})
