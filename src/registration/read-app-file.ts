import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseDocument } from 'yaml'
import { type AppSpec, parseAppSpec } from './app-spec.ts'
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

/** As `readAppFile`, on text that is at hand. */
export function parseAppFile(text: string, name = appFileName): AppSpec {
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true })
  const [problem] = document.errors
  if (problem) throw notYaml(name, problem.message.split('\n')[0] ?? 'it is not YAML', problem)
  let json: unknown
  try {
    json = document.toJS({ maxAliasCount: 10 })
  } catch (error) {
    throw notYaml(name, 'it repeats itself without end', error)
  }
  return parseAppSpec(json)
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
  return new RegistrationError('registration/app-file-invalid', `${name} is not readable: ${why}`, {
    fix: 'Correct the app file.',
    cause,
  })
}
