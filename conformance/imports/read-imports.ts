// Reads every import of a source tree with oxlint's parser (oxc), and knows when a file was missed.
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface FoundImport {
  /** Path from the root, with forward slashes. */
  readonly file: string
  readonly kind: string
  /** null: computed, so nobody can tell what is imported. */
  readonly specifier: string | null
}
export interface Reading {
  readonly imports: readonly FoundImport[]
  readonly filesRead: readonly string[]
  readonly filesThere: readonly string[]
}

const oxlint = fileURLToPath(new URL('../../node_modules/oxlint/bin/oxlint', import.meta.url))
const config = fileURLToPath(new URL('oxlintrc.json', import.meta.url))

/** Reads all code files under `root`/src. Starts one process; throws when a file does not parse. */
export function readImports(root: string): Reading {
  const there = realpathSync(root)
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-imports-'))
  const out = join(folder, 'imports.ndjson')
  try {
    const result = spawnSync(
      process.execPath,
      [oxlint, '-c', config, '--no-ignore', '--disable-nested-config', 'src'],
      {
        cwd: there,
        encoding: 'utf8',
        env: { ...process.env, LETTERLOCK_IMPORTS_OUT: out },
      },
    )
    if (result.status !== 0) throw new Error(`oxlint: ${result.stdout}${result.stderr}${result.error ?? ''}`)
    const rows = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { file: string; imports: { kind: string; specifier: string | null }[] },
      )
    const named = rows.map(({ file, imports }) => ({
      file: relative(there, file).split(sep).join('/'),
      imports,
    }))
    return {
      imports: named.flatMap(({ file, imports }) => imports.map((one) => ({ file, ...one }))),
      filesRead: named.map(({ file }) => file).sort(),
      filesThere: codeFiles(there),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function codeFiles(root: string): string[] {
  return globSync('src/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}', { cwd: root })
    .map((file) => file.split(sep).join('/'))
    .sort()
}
