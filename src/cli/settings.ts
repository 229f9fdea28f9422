import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from './cli-error.ts'
import type { Home } from './home.ts'

/** What `login` needs when no flag says otherwise. Holds names and ids, no secret and no address. */
export interface SavedRegistration {
  readonly cloud: string
  readonly tenant: string
  readonly clientId: string
  readonly clientKind: 'public' | 'confidential'
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

export interface Settings {
  readonly registration?: SavedRegistration
  /** Account id that is used when several are signed in and none is named. */
  readonly defaultAccount?: string
}

export function readSettings(home: Home): Settings {
  let text: string
  try {
    text = readFileSync(home.settingsFile, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw unreadable(home, error)
  }
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('not an object')
    return json as Settings
  } catch (error) {
    throw unreadable(home, error)
  }
}

export function saveSettings(home: Home, change: Settings): void {
  const settings = { ...readSettings(home), ...change }
  mkdirSync(dirname(home.settingsFile), { recursive: true, mode: 0o700 })
  const draft = `${home.settingsFile}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(draft, home.settingsFile)
}

function unreadable(home: Home, cause: unknown): CliError {
  return new CliError('cli/settings-unreadable', `the settings in ${home.settingsFile} cannot be read`, {
    cause,
    fix: `Correct or remove ${home.settingsFile}, then sign in again.`,
  })
}
