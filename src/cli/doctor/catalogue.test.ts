// What `doctor CODE` prints for every error of Entra and Graph that is explained: typed for real, compared word for word.
// After a change of wording: LETTERLOCK_GOLDEN=write npm test -- catalogue, then read the difference.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { entraErrors } from '../../facts/entra-errors.ts'
import { graphErrors } from '../../facts/graph-errors.ts'
import { allWays } from '../../facts/ways-out.ts'
import { ownRecoveries } from './explain.ts'
import { ownCodes } from './own-codes.ts'
import { commandTable, type CommandGroup, type CommandSpec, commonFlags } from '../command-table.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const golden = new URL('catalogue.golden.txt', import.meta.url)

test('at least sixty errors of Entra and forty of Graph are told as the golden transcript has them', (t) => {
  const codes = [...[...entraErrors.keys()].map((code) => `AADSTS${code}`), ...graphErrors.keys()]
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'doctor', ...codes], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  assert.equal(status, 0, stderr)
  if (process.env['LETTERLOCK_GOLDEN'] === 'write') writeFileSync(golden, stdout)
  assert.equal(stdout, readFileSync(golden, 'utf8'))
  t.diagnostic(`Entra errors told: ${entraErrors.size}; Graph errors told: ${graphErrors.size}`)
  assert.ok(entraErrors.size >= 60)
  assert.ok(graphErrors.size >= 40)
  for (const code of codes)
    assert.match(stdout, new RegExp(`^${code}(: .+)?\\n  means    .+\\n  do this  .+\\n`, 'm'))
})

test('every code of our own is explained, and none that does not exist', async () => {
  assert.deepEqual([...ownCodes.keys()].sort(), Object.keys(await ownRecoveries()).sort())
})

test('every command that a way out names is one that can be typed', () => {
  const own = [...ownCodes.values()].map(({ how }) => how).filter((how) => how.startsWith('letterlock '))
  const named = [
    ...allWays.flatMap(({ command }) => command ?? []),
    ...own.flatMap((one) => one.split(' && ')),
  ]
  for (const command of named) {
    const [program, ...words] = command.split(' -- ')[0]!.split(' ')
    if (words[0] === '--help') continue
    assert.equal(program, 'letterlock')
    let at: CommandGroup | CommandSpec = commandTable
    while ('commands' in at) at = at.commands[words.shift()!]!
    assert.ok(at, command)
    const flags = { ...at.flags, ...commonFlags }
    for (const word of words.filter((one) => one.startsWith('--'))) {
      const name = word.slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
      assert.ok(Object.hasOwn(flags, name) || name === 'help', `${command}: ${word}`)
    }
  }
})
