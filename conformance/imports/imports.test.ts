import assert from 'node:assert/strict'
import { appendFileSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { judgeImport } from './import-rule.ts'
import { readImports } from './read-imports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('every import of src obeys the rule, and every file was read', () => {
  const reading = readImports(root)
  assert.deepEqual(reading.filesRead, reading.filesThere)
  assert.ok(reading.filesRead.length > 50, `only ${reading.filesRead.length} files`)
  assert.ok(reading.imports.length > reading.filesRead.length, `only ${reading.imports.length} imports`)
  assert.deepEqual(reading.imports.map(judgeImport).filter(Boolean), [])
})

/** Where the edit goes (a part, or a file made for it), and the line that must be caught. */
const forbiddenEdits: readonly (readonly [string, string, string])[] = [
  ['a named import', 'facts', "import { createPkcePair as x0 } from '../signin/index.ts'"],
  ['import type', 'signin', "import type { GraphClient as X1 } from '../graph/index.ts'"],
  ['export from', 'graph', "export { openMailbox as x2 } from '../mail/index.ts'"],
  ['export all', 'mail', "export * from '../flow/index.ts'"],
  ['import() of a literal', 'registration', "void import('../cli/main.ts')"],
  ["import('x').T", 'mail', "export type X5 = import('../registration/index.ts').Plan"],
  ["typeof import('x')", 'signin', "export type X6 = typeof import('../flow/index.ts')"],
  ['reference path', 'graph', '/// <reference path="../cli/main.ts" />'],
  ['an import for its effect', 'flow', "import '../cli/main.ts'"],
  ['client code in the tenant', 'tenant', "import { challengeFor as x9 } from '../signin/index.ts'"],
  ['the tenant in a client part', 'flow', "import { startTenant as x10 } from '../tenant/index.ts'"],
  ['require', 'signin', "void require('../tenant/index.ts')"],
  ['import = require', 'mail', "import x12 = require('../cli/main.ts')"],
  ['a computed import()', 'mail', 'void import(`../${String(1)}/main.ts`)'],
  ['a template without holes', 'flow', 'void import(`../cli/main.ts`)'],
  ['the package by its own name', 'facts', "import { defineFlow as x15 } from 'letterlock'"],
  ['the tenant by its package name', 'cli', "import { startTenant as x16 } from 'letterlock/tenant'"],
  ['a way round through another folder', 'facts', "import '../facts/../cli/main.ts'"],
  ['an import under a disable comment', 'facts', "/* oxlint-disable */ import '../mail/index.ts'"],
  ['an absolute address', 'facts', "import 'file:///tmp/x.ts'"],
  ['createRequire called at once', 'graph', "void createRequire(import.meta.url)('../cli/main.ts')"],
  ["a test's file in what ships", 'signin', "import './pkce.test.ts'"],
  ["the client's protocol library in the tenant", 'tenant', "import * as x22 from 'oauth4webapi'"],
  ["the tenant's signing library in the client", 'signin', "void import('jose')"],
  ['a file outside src', 'mail', "import '../../scripts/check.ts'"],
]

test(`the canary: each of ${forbiddenEdits.length} forbidden edits is caught`, () => {
  const copy = mkdtempSync(join(tmpdir(), 'letterlock-canary-'))
  try {
    cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
    const edited = forbiddenEdits.map(([title, part, line]) => ({
      title,
      line,
      file: editOneFile(copy, part, line),
    }))
    const reading = readImports(copy)
    const caught = reading.imports.filter((one) => judgeImport(one) !== undefined).map(({ file }) => file)
    for (const { title, file } of edited)
      assert.ok(caught.includes(file), `${title} was not caught in ${file}`)
    assert.equal(caught.length, forbiddenEdits.length, 'something else was caught too')
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})

/** Adds the line to a file of the part that no earlier edit touched; a part with none left gets a new file. */
function editOneFile(copy: string, part: string, line: string): string {
  mkdirSync(join(copy, 'src', part), { recursive: true })
  const free = globSync(`src/${part}/*.ts`, { cwd: copy })
    .filter((file) => !/\.(test|fixture)\.ts$|-data\.ts$|load-flow/.test(file))
    .sort()
    .find((file) => !readFileSync(join(copy, file), 'utf8').includes('// canary'))
  const file = free ?? `src/${part}/canary-${forbiddenEdits.findIndex((edit) => edit[2] === line)}.ts`
  // A reference counts only above the code; everything else may stand at the end.
  const old = free && line.startsWith('///') ? readFileSync(join(copy, free), 'utf8') : ''
  if (old) rmSync(join(copy, file))
  appendFileSync(join(copy, file), old ? `${line}\n${old}\n// canary\n` : `\n${line} // canary\n`)
  return file
}

test('docs/dependencies.md gives a reason for every dependency of package.json', () => {
  const given = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >
  const names = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(given[kind] ?? {}),
  )
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  assert.deepEqual(
    names.filter((name) => !page.includes(`\`${name}\``)),
    [],
  )
})
