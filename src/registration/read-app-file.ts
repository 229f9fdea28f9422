import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { type AppSpec, parseAppSpec, type SpecProblem } from './app-spec.ts'
import { RegistrationError } from './registration-error.ts'

export const appFileName = 'letterlock.app.yaml'

/**
 * Reads letterlock.app.yaml. Reads one file, nothing else; its flow files are named from its own folder.
 *
 * @throws {RegistrationError} `registration/app-file-missing`, `registration/app-file-invalid`,
 *   `registration/permission-unknown`
 */
export function readAppFile(path: string): AppSpec {
  const spec = parseAppFile(readText(path), path)
  return spec.flows ? { ...spec, flows: spec.flows.map((flow) => join(dirname(path), flow)) } : spec
}

/** As `readAppFile`, on text that is at hand. What is wrong is named with its line and column. */
export function parseAppFile(text: string, name = appFileName): AppSpec {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    lineCounter: lines,
    prettyErrors: false,
  })
  const [problem] = document.errors
  if (problem) throw notYaml(placeIn(lines, name, problem.pos[0]), problem.message, problem)
  let json: unknown
  try {
    json = document.toJS({ maxAliasCount: 10 })
  } catch (error) {
    throw notYaml(name, 'it repeats itself without end', error)
  }
  return parseAppSpec(json, (path) => placeIn(lines, name, offsetOf(document, path)))
}

function placeIn(lines: LineCounter, name: string, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `${name}:${line}:${col}`
}

/** Where the value stands, or the nearest thing around it that is there. */
function offsetOf(document: Document.Parsed, path: SpecProblem['path']): number {
  for (let length = path.length; length > 0; length--) {
    const found = document.getIn(path.slice(0, length), true) as { range?: [number, ...unknown[]] | null }
    if (found?.range) return found.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new RegistrationError('registration/app-file-missing', `the app file ${path} cannot be read`, {
      fix: `Write ${appFileName}, or name the file.`,
      cause: error,
    })
  }
}

function notYaml(name: string, why: string, cause: unknown): RegistrationError {
  return new RegistrationError(
    'registration/app-file-invalid',
    `${name} is not readable: ${why.split('\n')[0]}`,
    {
      fix: 'Correct the app file.',
      cause,
    },
  )
}
