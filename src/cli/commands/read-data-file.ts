// A YAML or JSON file that holds one object.
import { readFileSync } from 'node:fs'
import { CliError } from '../cli-error.ts'

const fix = 'give a YAML or JSON file as docs/tenant.md shows'

/** YAML holds JSON too. @throws {CliError} `cli/file-unreadable` */
export async function readDataFile(file: string, what: string): Promise<object> {
  const { parse } = await import('yaml')
  try {
    const data = parse(readFileSync(file, 'utf8')) as unknown
    if (typeof data === 'object' && data !== null) return data
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message.split('\n')[0]}` : ''
    throw new CliError('cli/file-unreadable', `the ${what} ${file} cannot be read${why}`, { cause, fix })
  }
  throw new CliError('cli/file-unreadable', `the ${what} ${file} holds no object`, { fix })
}
