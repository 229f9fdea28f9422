// `tenant env` and `tenant exec`, typed for real: what a program then reaches, and what stays as the person had it.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { linesFor } from './commands/tenant-env.ts'
import { foreignCertificate } from './foreign-certificate.fixture.ts'
import { homeAt } from './home.ts'
import { type Environment, needProxy, waysInEnvironment } from './ways-in.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
// A folder that no shell takes as it is.
const lab = mkdtempSync(join(tmpdir(), "letterlock it's $HOME "))
const env = { ...process.env, LETTERLOCK_HOME: join(lab, 'home'), NO_COLOR: '1', SHELL: '/bin/bash' }

interface Said {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}
async function runProgram(
  program: string,
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<Said> {
  const child = spawn(program, args, { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (part) => (stdout += String(part)))
  child.stderr.on('data', (part) => (stderr += String(part)))
  const [exitCode] = (await once(child, 'close')) as [number]
  return { stdout, stderr, exitCode }
}
const type = (words: readonly string[], more?: Record<string, string>): Promise<Said> =>
  runProgram(process.execPath, [main, ...words], more)
const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

before(async () => {
  const early = await type(['tenant', 'exec', '--', 'true'])
  assert.match(early.stderr, /cli\/tenant-down[^]*letterlock tenant up --proxy --detach/)
  const up = await type(['tenant', 'up', '--proxy', '--detach', '--port', '0'])
  assert.equal(up.exitCode, 0, up.stderr)
})
after(async () => {
  await type(['tenant', 'down'])
  rmSync(lab, { recursive: true, force: true })
})

test('tenant exec leads a program to the local tenant, and returns what it exits with', async () => {
  const script = `
    const me = await fetch('https://graph.microsoft.com/v1.0/me')
    console.log(me.status, (await me.json()).error.code, process.argv.slice(1).join('|'))
    process.exit(7)`
  const exec = [
    'tenant',
    'exec',
    '--',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
    '--',
    'a b',
    '--json',
  ]
  const said = await type(exec)
  assert.equal(said.stdout, '401 InvalidAuthenticationToken a b|--json\n', said.stderr)
  assert.equal(said.exitCode, 7)
})

test('tenant exec of a program that is not there exits 127 and says so', async () => {
  const said = await type(['tenant', 'exec', '--', 'no-such-program-here'])
  assert.equal(said.exitCode, 127)
  assert.match(said.stderr, /cli\/program-not-started/)
})

test(
  'the lines of tenant env work in bash: curl then reaches sign-in and gets 403 elsewhere',
  { skip: has('curl') && has('bash') ? false : 'curl or bash is not installed' },
  async () => {
    const script = `
      eval "$("$1" "$2" tenant env)"
      curl -sS https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration
      curl -sS -o /dev/null -w '\\n%{http_connect}' https://example.org/`
    const said = await runProgram('bash', ['-c', script, '-', process.execPath, main])
    assert.match(said.stdout, /"issuer":"https:\/\/login\.microsoftonline\.com\/[^]*\n403$/, said.stderr)
  },
)

test(
  'the lines of tenant env work in fish and PowerShell',
  { skip: has('fish') || has('pwsh') ? false : 'neither fish nor pwsh is installed' },
  async () => {
    const bundle = join(env.LETTERLOCK_HOME, 'tenant', 'tls', 'bundle.pem')
    const shells = {
      fish: [
        [
          '-c',
          '$argv[1] $argv[2] tenant env --shell fish | source; echo $SSL_CERT_FILE',
          process.execPath,
          main,
        ],
      ],
      pwsh: [
        [
          '-NoProfile',
          '-Command',
          `& '${process.execPath}' '${main}' tenant env --shell powershell | Out-String | Invoke-Expression; $env:SSL_CERT_FILE`,
        ],
      ],
    } as const
    for (const [shell, [args]] of Object.entries(shells))
      if (has(shell)) assert.equal((await runProgram(shell, args)).stdout.trim(), bundle, shell)
  },
)

test('each shell’s quoting takes a folder with a quote, a space and a dollar sign', async () => {
  const path = "/it's $HOME"
  assert.equal(linesFor('bash', { X: path })[0], `export X='/it'\\''s $HOME'`)
  assert.equal(linesFor('fish', { X: path })[0], `set -gx X '/it\\'s $HOME'`)
  assert.equal(linesFor('powershell', { X: path })[0], `$env:X = '/it''s $HOME'`)
  const wrong = await type(['tenant', 'env', '--shell', 'csh'])
  assert.equal(wrong.exitCode, 2)
})

const asIn = (present: Environment): Record<string, string> => {
  const home = homeAt(env.LETTERLOCK_HOME)
  return waysInEnvironment(home, needProxy(home.tenantDir), present)
}

test('the bundle holds the system’s roots, what the environment names, and ours once', () => {
  const own = join(lab, 'own.pem')
  writeFileSync(own, foreignCertificate)
  const first = asIn({})
  const before = readFileSync(first['SSL_CERT_FILE']!, 'utf8')
  assert.ok(before.split('BEGIN CERTIFICATE').length > 20)
  asIn({ ...first, NODE_EXTRA_CA_CERTS: own })
  const bundle = readFileSync(first['SSL_CERT_FILE']!, 'utf8')
  const ours = readFileSync(join(env.LETTERLOCK_HOME, 'tenant', 'tls', 'ca.pem'), 'utf8').trim()
  assert.equal(bundle.split(ours).length, 2)
  assert.ok(bundle.includes(foreignCertificate.trim()))
  assert.equal(bundle.split('BEGIN CERTIFICATE').length, before.split('BEGIN CERTIFICATE').length + 1)
})

test('exceptions from the proxy are kept, but for those that lead past the local tenant', () => {
  const NO_PROXY = 'corp.example,.microsoft.com,login.microsoftonline.com:443,*,10.0.0.0/8,com'
  assert.equal(asIn({ NO_PROXY })['NO_PROXY'], 'localhost,127.0.0.1,::1,corp.example,10.0.0.0/8')
})
