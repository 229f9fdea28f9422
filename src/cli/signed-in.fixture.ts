// A local tenant as a process, set up and with its automation signed in, by the command itself; for tests of commands.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const person = fileURLToPath(new URL('transcripts/person.fixture.ts', import.meta.url))
export const bot = 'invoice.bot@contoso.example'

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

export interface SignedInHome extends AsyncDisposable {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly origin: string
  /** The command with these words. */
  letterlock(words: readonly string[], o?: { input?: string; env?: NodeJS.ProcessEnv }): Promise<Ended>
  /** A shell that finds `letterlock` on its path. */
  shell(script: string, o?: { env?: NodeJS.ProcessEnv }): Promise<Ended>
}

export async function openSignedInHome(): Promise<SignedInHome> {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-signed-in-'))
  const starter = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o700)
    return file
  }
  starter('letterlock', `exec "${process.execPath}" "${main}" "$@"`)
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    LETTERLOCK_HOME: join(folder, 'home'),
    LETTERLOCK_KEYCHAIN: 'off',
    NO_COLOR: '1',
    BROWSER: starter('browser', `exec "${process.execPath}" "${person}" "$1"`),
    PATH: `${folder}:${process.env['PATH']}`,
  }
  const letterlock: SignedInHome['letterlock'] = (words, o = {}) =>
    runProgram([process.execPath, main, ...words], { env: { ...env, ...o.env }, input: o.input })
  const home: SignedInHome = {
    folder,
    env,
    get origin() {
      return (JSON.parse(readFileSync(join(folder, 'home/tenant/tenant.json'), 'utf8')) as { origin: string })
        .origin
    },
    letterlock,
    shell: (script, o = {}) => runProgram(['/bin/sh', '-c', script], { env: { ...env, ...o.env } }),
    async [Symbol.asyncDispose]() {
      await letterlock(['tenant', 'down'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await must(letterlock(['tenant', 'up', '--detach', '--port', '0']))
  await must(letterlock(['setup']))
  const users = (await must(letterlock(['tenant', 'users', '--json']))).stdout.trim().split('\n')
  const { password } = users.map((line) => JSON.parse(line)).find((one) => one.userPrincipalName === bot)
  const play = JSON.stringify({ login: bot, password })
  const free = ['--redirect-uri', 'http://localhost/Callback']
  await must(letterlock(['login', bot, ...free], { env: { PLAY: play } }))
  return home
}

async function must(work: Promise<Ended>): Promise<Ended> {
  const ended = await work
  if (ended.exitCode !== 0) throw new Error(`ended with ${ended.exitCode}: ${ended.stderr}`)
  return ended
}

async function runProgram(
  [file = '', ...args]: readonly string[],
  o: { env: NodeJS.ProcessEnv; input?: string | undefined },
): Promise<Ended> {
  const child = spawn(file, args, { env: o.env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined).end(o.input ?? '')
  const seen = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (seen.stderr += text))
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { ...seen, exitCode }
}
