import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { walkForms } from '../../src/cli/tour/walk-forms.ts'
import { filesBelow, searchBytes } from './search.ts'
import type { Leak, SeenSecret } from './search.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const recorder = new URL('recorder.ts', import.meta.url).href
const planted: readonly SeenSecret[] = [
  { kind: 'planted client secret', value: 'PLANTED~client~secret~Zq7wX9kV3mB5nR1tY8uI' },
  {
    kind: 'planted access token',
    value: `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"oid":"planted","tid":"planted","upn":"planted@contoso.example"}').toString('base64url')}.PLANTEDsignatureQ0w9E8r7T6y5U4i3O2p1A0s9D8f7G6h5J4k3L2z1X0c9V8b7N6m5`,
  },
]
const plantedEnv = { LETTERLOCK_CLIENT_SECRET: planted[0]!.value, LETTERLOCK_TOKEN: planted[1]!.value }
const account = 'invoice.bot@contoso.example'

const folder = mkdtempSync(join(tmpdir(), 'letterlock-secrets-'))
const seenFile = join(folder, 'seen.ndjson')
const searched = join(folder, 'searched')
const home = join(searched, 'home')
const outputs: { name: string; stdout: string; stderr: string }[] = []

interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}
interface RunOptions {
  readonly env?: Record<string, string>
  /** Sees stderr as it grows. */
  onStderr?(soFar: string): void
}

async function letterlock(args: readonly string[], o: RunOptions = {}): Promise<Ended> {
  const { LETTERLOCK_TOKEN: _t, LETTERLOCK_CLIENT_SECRET: _s, ...environment } = process.env
  const child = spawn(process.execPath, ['src/cli/main.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 90_000,
    env: {
      ...environment,
      LETTERLOCK_HOME: home,
      LETTERLOCK_KEYCHAIN: 'off',
      NO_COLOR: '1',
      TMPDIR: join(searched, 'tmp'),
      SECRETS_SEEN: seenFile,
      NODE_OPTIONS: `--import=${recorder}`,
      ...o.env,
    },
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
    o.onStderr?.(said.stderr)
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  outputs.push({ name: args.join(' '), ...said })
  return { ...said, exitCode }
}

/** Reads what the recorder saw: secrets once each, and every process. */
function readSeen(): { secrets: SeenSecret[]; processes: { process: string[]; inherits: string[] }[] } {
  const rows = readFileSync(seenFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const secrets = new Map<string, SeenSecret>()
  for (const row of rows)
    if (typeof row['value'] === 'string' && !secrets.has(row['value']))
      secrets.set(row['value'], row as unknown as SeenSecret)
  const processes = rows.filter((row) => row['process']) as unknown as {
    process: string[]
    inherits: string[]
  }[]
  return { secrets: [...secrets.values()], processes }
}

/** Signs in through the tenant's own pages, opened from the address that the command printed. */
async function login(password: string): Promise<Ended> {
  let walked: Promise<unknown> | undefined
  const ended = await letterlock(['login', account, '--no-browser', '--timeout', '20s'], {
    onStderr(soFar) {
      const url = /^\s*(http:\/\/\S+\/authorize\?\S+)$/m.exec(soFar)?.[1]
      if (url) walked ??= walkForms(url, { login: account, password })
    },
  })
  await walked
  return ended
}

before(async () => {
  mkdirSync(join(searched, 'tmp'), { recursive: true })
  const tour = await letterlock(['tour', '--json'], { env: { LETTERLOCK_CLIENT_SECRET: planted[0]!.value } })
  assert.equal(tour.exitCode, 0, tour.stderr)
  const up = await letterlock(['tenant', 'up', '--detach', '--port', '0'], { env: plantedEnv })
  assert.equal(up.exitCode, 0, up.stderr)
})
after(async () => {
  await letterlock(['tenant', 'down'])
  rmSync(folder, { recursive: true, force: true })
})

test('a sign-in, its failures, and every command over it end as they should', async () => {
  const users = await letterlock(['tenant', 'users', '--json'])
  outputs.pop() // its job is to show the practice passwords
  const rows = users.stdout
    .trim()
    .split('\n')
    .flatMap((line) => [JSON.parse(line)].flat()) as {
    userPrincipalName: string
    password: string
  }[]
  const password = rows.find((one) => one.userPrincipalName === account)!.password

  const refused = await letterlock(['login', account], {
    env: { LETTERLOCK_CLIENT_SECRET: planted[0]!.value },
  })
  assert.notEqual(refused.exitCode, 0)
  assert.match(refused.stderr, /signin\/public-client-has-secret/)
  const signedIn = await login(password)
  assert.equal(signedIn.exitCode, 0, signedIn.stderr)

  const withPlanted = await letterlock(['mail', 'list', '--cloud', 'local'], {
    env: { LETTERLOCK_TOKEN: planted[1]!.value },
  })
  assert.notEqual(withPlanted.exitCode, 0)
  const commands = [
    ['mail', 'list', '--json'],
    ['mail', 'list', '--folder', 'Nowhere'],
    ['accounts', '--json'],
    ['runs', '--json'],
    ['app', 'show', '--json'],
    ['doctor', 'AADSTS50011'],
    ['tenant', 'status', '--json'],
  ]
  await Promise.all(commands.map((args) => letterlock(args)))
})

test('failing servers do not make an error say more than it may', async () => {
  const fault = (match: string, times: string): Promise<Ended> =>
    letterlock(['tenant', 'fault', 'add', '--match', match, '--status', '403', '--times', times])
  await fault('GET /me/mailFolders/**', '1')
  const refused = await letterlock(['mail', 'list', '--folder', 'inbox'])
  assert.notEqual(refused.exitCode, 0)
  assert.match(refused.stderr, /graph\//)
  // Graph finds the token expired, so the client refreshes, and the refresh is refused.
  await fault('POST /*/oauth2/v2.0/token', '9')
  await letterlock(['tenant', 'clock', 'advance', '2h'])
  const unrefreshed = await letterlock(['mail', 'list'])
  assert.notEqual(unrefreshed.exitCode, 0)
  assert.match(unrefreshed.stderr, /signin\//)
})

test('the token command shows the token on stdout, and nothing on stderr', async () => {
  const list = await letterlock(['tenant', 'fault', 'list', '--json'])
  for (const line of list.stdout.trim().split('\n')) {
    const id = /"id":"?([^",}]+)/.exec(line)?.[1]
    if (id) await letterlock(['tenant', 'fault', 'remove', id])
  }
  const { stdout, stderr, exitCode } = await letterlock(['token'])
  outputs.pop() // its job is to show the token
  assert.equal(exitCode, 0, stderr)
  assert.deepEqual(searchBytes('stderr of token', Buffer.from(stderr), readSeen().secrets), [])
  assert.match(stdout, /eyJ/)
})

test('secrets were seen, of every kind: an empty search proves nothing', () => {
  const kinds = new Set(readSeen().secrets.map(({ kind }) => kind))
  for (const kind of [
    'access_token',
    'refresh_token',
    'id_token',
    'code',
    'code_verifier',
    'passwd',
    'authorization header',
    'cookie',
  ])
    assert.ok(kinds.has(kind), `no ${kind} was seen`)
})

test('no secret is in any output of any command', () => {
  const secrets = [...planted, ...readSeen().secrets]
  const leaks = outputs.flatMap(({ name, stdout, stderr }) => [
    ...searchBytes(`stdout of ${name}`, Buffer.from(stdout), secrets),
    ...searchBytes(`stderr of ${name}`, Buffer.from(stderr), secrets),
  ])
  assert.ok(outputs.length >= 12)
  assert.deepEqual(leaks, [])
})

test('no secret is in any file, the sealed vault included; the tenant’s own folder is the server’s', () => {
  const secrets = [...planted, ...readSeen().secrets]
  const leaks: Leak[] = []
  let files = 0
  for (const { name, bytes } of filesBelow(searched)) {
    if (name.startsWith('home/tenant/')) continue
    files++
    leaks.push(...searchBytes(name, bytes, secrets))
  }
  assert.ok(files >= 4, `only ${files} files`)
  assert.deepEqual(leaks, [])
})

test('the tenant keeps no refresh token and no authorization code in the clear', () => {
  const kinds = new Set(['refresh_token', 'code', 'code_verifier'])
  const secrets = readSeen().secrets.filter(({ kind }) => kinds.has(kind))
  const leaks = [...filesBelow(join(home, 'tenant'))].flatMap(({ name, bytes }) =>
    searchBytes(name, bytes, secrets),
  )
  assert.deepEqual(leaks, [])
})

test('no secret is in the arguments of any process, and no child inherits one in its environment', () => {
  const { secrets, processes } = readSeen()
  const leaks = processes.flatMap(({ process: words }) =>
    searchBytes(words.join(' '), Buffer.from(words.join('\0')), [...planted, ...secrets]),
  )
  assert.deepEqual(leaks, [])
  assert.ok(processes.length > outputs.length, 'no child process was seen')
  const inheriting = processes.filter(
    ({ process: words, inherits }) => inherits.length > 0 && !words[0]?.endsWith('cli/main.ts'),
  )
  assert.deepEqual(inheriting, [])
  const runs = processes.filter(({ process: words, inherits }) => words[1] === 'run' && inherits.length > 0)
  assert.deepEqual(runs, [])
})

test('the search finds a planted secret in each form', () => {
  const secret = planted[0]!
  for (const text of [
    secret.value,
    Buffer.from(secret.value).toString('hex'),
    `{"x":"${Buffer.from(secret.value).toString('base64')}"}`,
    encodeURIComponent(secret.value),
    `${secret.value.slice(0, 26)}…`,
  ]) {
    const padded = `before ${text} after`
    if (text.endsWith('…') && secret.value.length < 48) continue
    assert.ok(searchBytes('here', Buffer.from(padded), [secret]).length > 0, text)
  }
  assert.deepEqual(searchBytes('here', Buffer.from('nothing of the kind'), planted), [])
})
