import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where everything is kept: the platform's usual place, or `LETTERLOCK_HOME`. */
export interface Home {
  readonly dir: string
  /** The folder itself: signin's vault makes vault.db and vault.key in it. */
  readonly vaultDir: string
  readonly settingsFile: string
  readonly throttleFile: string
  readonly ledgerFile: string
  readonly filesDir: string
  readonly tenantDir: string
}

export function homeAt(dir: string): Home {
  return {
    dir,
    vaultDir: dir,
    settingsFile: join(dir, 'settings.json'),
    throttleFile: join(dir, 'throttle.db'),
    ledgerFile: join(dir, 'ledger.db'),
    filesDir: join(dir, 'files'),
    tenantDir: join(dir, 'tenant'),
  }
}

export function findHome(env: NodeJS.ProcessEnv = process.env): Home {
  const given = env['LETTERLOCK_HOME']
  return homeAt(given ? resolve(given) : usualPlace(env))
}

export function usualPlace(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'), 'letterlock')
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'letterlock')
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'letterlock')
}
