// A Chromium of its own for the local tenant: separate profile, its proxy, its CA's key pinned. design §3.
import { spawn } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { CliError } from './cli-error.ts'
import type { Home } from './home.ts'
import type { Environment, ProxiedTenant } from './ways-in.ts'

const onPath = [
  'google-chrome',
  'google-chrome-stable',
  'chromium',
  'chromium-browser',
  'microsoft-edge',
  'brave-browser',
]

/** Where browsers stand that know `--ignore-certificate-errors-spki-list`; `CHROME_PATH` goes before all. */
function candidates(present: Environment, platform: NodeJS.Platform): string[] {
  const given = present['CHROME_PATH'] ? [present['CHROME_PATH']] : []
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser']
    return [...given, ...apps.map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`)]
  }
  if (platform === 'win32') {
    const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map((name) => present[name])
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe']
    return [...given, ...roots.flatMap((root) => (root ? programs.map((one) => `${root}\\${one}`) : []))]
  }
  const folders = (present['PATH'] ?? '').split(delimiter).filter(Boolean)
  return [...given, ...onPath.flatMap((name) => folders.map((folder) => join(folder, name)))]
}

/** @throws {CliError} `cli/browser-missing` */
export function findChromium(present: Environment, platform: NodeJS.Platform = process.platform): string {
  const found = candidates(present, platform).find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (found) return found
  throw new CliError(
    'cli/browser-missing',
    'there is no Chrome, Chromium, Edge or Brave where they usually are',
    {
      fix: 'install one, or name it: CHROME_PATH=/path/to/chromium letterlock tenant browser',
    },
  )
}

/**
 * Reads what a person types as an address. Never a switch of the browser, a file or a script.
 *
 * @throws {CliError} `cli/usage`
 */
export function readAddress(typed: string): string {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`)
  if (!url || !/^https?:$/.test(url.protocol) || typed.startsWith('-') || !/^[\w.[\]:-]+$/.test(url.host))
    throw new CliError('cli/usage', `"${typed}" is not an https or http address`, {
      fix: 'letterlock tenant browser microsoft.com/devicelogin',
    })
  return url.href
}

/** @returns The folder of the profile. A profile that trusts another key, of an earlier tenant or CA, is made anew. */
export function prepareProfile(home: Home, tenant: ProxiedTenant): string {
  const profile = join(home.tenantDir, 'browser')
  const pinFile = join(home.tenantDir, 'browser.pin')
  const pin = `${tenant.proxyUrl} ${keyOf(tenant.caFile)}\n`
  const kept = existsSync(pinFile) ? readFileSync(pinFile, 'utf8') : ''
  if (kept !== pin) {
    if (isOpen(profile))
      throw new CliError(
        'cli/browser-open',
        'a browser is open that knows an earlier address or key of the local tenant',
        {
          fix: 'close that browser window, then run this again',
        },
      )
    rmSync(profile, { recursive: true, force: true })
    mkdirSync(profile, { recursive: true, mode: 0o700 })
    writeFileSync(pinFile, pin, { mode: 0o600 })
  }
  return profile
}

/** SHA-256 of the CA's public key (SPKI), base64. Read each time: the tenant renews its CA while it runs. */
function keyOf(caFile: string): string {
  const { publicKey } = new X509Certificate(readFileSync(caFile))
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}

/** Chromium links `SingletonLock` to HOST-PID while it runs; on Windows the profile's files are locked instead. */
function isOpen(profile: string): boolean {
  try {
    const pid = Number(/-(\d+)$/.exec(readlinkSync(join(profile, 'SingletonLock')))?.[1])
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The switches: what is trusted is one key, in one profile, behind one proxy. */
export function chromiumSwitches(profile: string, tenant: ProxiedTenant): string[] {
  const needsNoSandbox = process.platform === 'linux' && process.getuid?.() === 0
  return [
    `--user-data-dir=${profile}`,
    `--proxy-server=${tenant.proxyUrl}`,
    `--ignore-certificate-errors-spki-list=${keyOf(tenant.caFile)}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--password-store=basic',
    ...(needsNoSandbox ? ['--no-sandbox'] : []),
  ]
}

/** @throws {CliError} `cli/program-not-started` */
export async function startChromium(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail)).catch(
    (cause: unknown) => {
      throw new CliError('cli/program-not-started', `"${program}" could not be started`, {
        cause,
        fix: 'name another: CHROME_PATH=/path/to/chromium letterlock tenant browser',
      })
    },
  )
  child.unref()
}
