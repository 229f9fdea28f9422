// The command and the library as a stranger has them: out of the packed tarball, in a folder of its own, signed in.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url))
const bot = 'invoice.bot@contoso.example'

export interface Installed extends Disposable {
  readonly folder: string
  readonly home: string
  readonly command: string
  readonly env: NodeJS.ProcessEnv
  run(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): string
}

export function installPacked(): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-packed-'))
  const home = join(folder, 'home')
  const browser = join(folder, 'browser')
  writeFileSync(
    browser,
    `#!/bin/sh\nexec "${process.execPath}" "${path('src/cli/transcripts/person.fixture.ts')}" "$1"\n`,
  )
  chmodSync(browser, 0o700)
  const { NODE_COMPILE_CACHE: _, ...outside } = process.env
  const env = {
    ...outside,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    LETTERLOCK_HOME: home,
    LETTERLOCK_KEYCHAIN: 'off',
    BROWSER: browser,
    NO_COLOR: '1',
  }
  const run: Installed['run'] = (file, args, more = {}) => {
    const { status, stdout, stderr } = spawnSync(file, args, {
      cwd: folder,
      env: { ...env, ...more },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${stderr}`)
    return stdout
  }
  const built = execFileSync(process.execPath, [path('packaging/build.ts')], { encoding: 'utf8' })
  const tarball = built.trim().split('\n').at(-1)!
  writeFileSync(join(folder, 'package.json'), '{"name":"stranger","private":true,"type":"module"}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball], { cwd: folder })
  const command = join(folder, 'node_modules', '.bin', 'letterlock')
  signIn(run, command)
  return {
    folder,
    home,
    command,
    env,
    run,
    [Symbol.dispose]() {
      spawnSync(command, ['tenant', 'down'], { env })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function signIn(run: Installed['run'], command: string): void {
  run(command, ['tenant', 'up', '--detach', '--port', '0'])
  run(command, ['setup'])
  const users = run(command, ['tenant', 'users', '--json']).trim().split('\n')
  const people = users.map((line) => JSON.parse(line) as { userPrincipalName: string; password: string })
  const { password } = people.find((one) => one.userPrincipalName === bot)!
  const play = JSON.stringify({ login: bot, password })
  run(command, ['login', bot, '--redirect-uri', 'http://localhost/Callback'], { PLAY: play })
}
