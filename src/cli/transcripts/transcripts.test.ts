// Every *.transcript here is typed for real: whole processes against a local tenant of their own.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { patternOf, readTranscript, type Transcript } from './read-transcript.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const main = join(here, '..', 'main.ts')
const lab = mkdtempSync(join(tmpdir(), 'letterlock-transcripts-'))
const home = join(lab, 'home')
const browser = join(lab, 'browser')
const env = {
  ...process.env,
  LETTERLOCK_HOME: home,
  LETTERLOCK_KEYCHAIN: 'off',
  NO_COLOR: '1',
  BROWSER: browser,
}
let passwords = new Map<string, string>()
let clientId = ''
let otherClientId = ''

before(async () => {
  writeFileSync(browser, `#!/bin/sh\nexec "${process.execPath}" "${join(here, 'person.fixture.ts')}" "$1"\n`)
  chmodSync(browser, 0o700)
  await type(['tenant', 'up', '--detach', '--port', '0'])
  const users = (await type(['tenant', 'users', '--json'])).stdout.trim().split('\n')
  passwords = new Map(
    users.map((line) => JSON.parse(line)).map((one) => [one.userPrincipalName, one.password]),
  )
  otherClientId = await registerWithoutConsent()
  await registerAndEdit()
  clientId = JSON.parse((await type(['setup', '--json'])).stdout).clientId
})

after(async () => {
  await type(['tenant', 'down'])
  rmSync(lab, { recursive: true, force: true })
})

const transcripts = readdirSync(here)
  .filter((file) => file.endsWith('.transcript'))
  .sort()
  .map((name) => readTranscript(readFileSync(join(here, name), 'utf8')))
const movesClock = (one: Transcript): boolean => one.given.some((line) => line.includes('dawdles'))

test('what a person sees', { concurrency: 4 }, async (t) => {
  const together = transcripts.filter((one) => !movesClock(one))
  await Promise.all(together.map((one) => t.test(one.title, (inner) => play(inner, one))))
})

for (const one of transcripts.filter(movesClock)) test(one.title, (t) => play(t, one))

async function play(t: TestContext, transcript: Transcript): Promise<void> {
  const log = join(lab, 'bot.log')
  const words = { port: String(await freePort()), clientId, otherClientId, log, appFile, pack }
  const prepared = await prepare(t, transcript, Number(words.port))
  if (prepared === undefined) return
  const fill = (text: string): string =>
    text.replace(/\$\{(\w+)\}/g, (_, word) => words[word as keyof typeof words])
  const args = fill(transcript.command).split(' ').slice(1)
  const { typed } = prepared
  const seen =
    typed === undefined ? await type(args, prepared) : await typeOnTerminal(args, { ...prepared, typed })
  const check = (lines: readonly string[], text: string): void =>
    assert.match(text.replaceAll('\r\n', '\n'), patternOf(lines.map(fill)))
  if (typed === undefined) check(transcript.stderr, seen.stderr)
  check(transcript.stdout, seen.stdout)
  assert.equal(seen.exitCode, transcript.exit)
}

interface Play {
  env: Record<string, string>
  /** Typed once the hint has come. */
  typed?: string
  interruptAt?: RegExp
}

/** Makes what the transcript's first lines say; undefined when this machine cannot. */
async function prepare(t: TestContext, transcript: Transcript, port: number): Promise<Play | undefined> {
  const play: Play = { env: {} }
  const person: Record<string, unknown> = {}
  for (const line of transcript.given) {
    const signsIn = /^person (\S+) signs in$/.exec(line)
    if (signsIn) Object.assign(person, { login: signsIn[1], password: passwords.get(signsIn[1]!) })
    else if (line === 'person dawdles for 11 minutes')
      Object.assign(person, { dawdleMs: 11 * 60_000, tenantDir: join(home, 'tenant') })
    else if (line === 'before: a favicon, a forged state, a second tab') person['first'] = true
    else if (line === 'a client secret in the environment') play.env['LETTERLOCK_CLIENT_SECRET'] = 'planted'
    else if (line === 'over SSH') play.env['SSH_CONNECTION'] = '10.0.0.7 51000 10.0.0.9 22'
    else if (line.startsWith('typed: ')) play.typed = line.slice(7)
    else if (line === 'a log with AADSTS50011 and ErrorItemNotFound')
      writeFileSync(join(lab, 'bot.log'), botLog)
    else if (line === 'Ctrl-C once it waits') play.interruptAt = /waiting (at|for)|Ctrl-C ends it/
    else if (line === 'Ctrl-C once the address is printed') play.interruptAt = /open this address.*\n +http/
    else if (line.startsWith('port taken on ')) {
      const taken = await takePort(line.slice('port taken on '.length), port).catch(() => undefined)
      if (!taken) return void t.skip(`${line}: this machine has no such address`)
      t.after(() => taken.close())
    } else throw new TypeError(`nobody knows how to make "${line}"`)
  }
  if (play.typed !== undefined && process.platform !== 'linux')
    return void t.skip('needs script(1) of util-linux')
  play.env['PLAY'] = JSON.stringify(person)
  return play
}

const botLog = `AADSTS50011: The redirect URI does not match. Correlation ID: 3f2504e0-4f89-11d3-9a0c-0305e82c3301
AADSTS50011 again
{"error":{"code":"ErrorItemNotFound","message":"The specified object was not found in the store."}}
`
const appFile = join(lab, 'edited.app.yaml')
const pack = join(lab, 'pack.html')

/** The registration as somebody left it; then its app file as it should be. */
async function registerAndEdit(): Promise<void> {
  const write = (uri: string, permissions: string): void =>
    writeFileSync(
      appFile,
      `name: Edited bot\nredirectUris: [http://localhost:9999/${uri}]\npermissions: [${permissions}]\n`,
    )
  write('callback', 'User.Read, Files.ReadWrite.All')
  await type(['app', 'apply', '--file', appFile])
  write('Callback', 'offline_access, openid, User.Read')
}

async function registerWithoutConsent(): Promise<string> {
  const file = join(lab, 'other.app.yaml')
  writeFileSync(
    file,
    'name: Other bot\nredirectUris: [http://localhost:9999/Callback]\npermissions: [offline_access, openid, profile, User.Read, Mail.ReadWrite, Mail.Send]\n',
  )
  const { appId } = JSON.parse((await type(['app', 'apply', '--file', file, '--json'])).stdout)
  return appId
}

interface Seen {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

async function type(args: readonly string[], play: Partial<Play> = {}): Promise<Seen> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...env, ...play.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const seen = { stdout: '', stderr: '' }
  let isInterrupted = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.stderr += text
    if (play.interruptAt?.test(seen.stderr) && !isInterrupted) {
      isInterrupted = true
      child.kill('SIGINT')
    }
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { ...seen, exitCode }
}

/** On a terminal of script(1): both streams come as one. */
async function typeOnTerminal(args: readonly string[], play: Play & { typed: string }): Promise<Seen> {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', `stty -echo; exec ${command}`, '/dev/null'], {
    env: { ...env, ...play.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let stdout = ''
  let isTyped = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (/type the number/.test(stdout) && !isTyped) {
      isTyped = true
      child.stdin.write(`${play.typed}\n`)
    }
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { stdout, stderr: '', exitCode }
}

async function freePort(): Promise<number> {
  const server = await takePort('127.0.0.1', 0)
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function takePort(host: string, port: number): Promise<Server> {
  const server = createServer().listen({ host, port, ipv6Only: host.includes(':') })
  await once(server, 'listening')
  return server
}
