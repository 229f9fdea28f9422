// The packed tarball in an empty folder: installed by npm, run as a command, imported as a library, compiled against.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
const build = fileURLToPath(new URL('../../packaging/build.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'letterlock-tarball-'))
const command = join(folder, 'node_modules', '.bin', 'letterlock')
const env = {
  ...process.env,
  LETTERLOCK_HOME: join(folder, 'home'),
  LETTERLOCK_KEYCHAIN: 'off',
  NO_COLOR: '1',
}

function run(file: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: folder, env, encoding: 'utf8' })
  assert.equal(status, 0, `${file} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}

before(() => {
  // A process of its own: what builds has packages of its own, which are not there where only the tests are.
  const tarball = run(process.execPath, [build]).trim().split('\n').at(-1)!
  writeFileSync(join(folder, 'package.json'), '{"name":"stranger","private":true,"type":"module"}')
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball])
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('the command knows its version, and every command its help', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.equal(run(command, ['--version']).trim(), version)
  assert.match(run(command, ['--help']), /letterlock tour/)
})

test('`token` out of the package refuses as it does in a clone: nobody signed in, wrong words', () => {
  const token = (...words: string[]) => {
    const empty = { ...env, LETTERLOCK_HOME: join(folder, 'empty') }
    const { status, stdout, stderr } = spawnSync(command, ['token', ...words], {
      env: empty,
      encoding: 'utf8',
    })
    return { status, stdout, code: /\((cli\/[a-z-]+)\)/.exec(stderr)?.[1] }
  }
  assert.deepEqual(token(), { status: 3, stdout: '', code: 'cli/not-signed-in' })
  assert.deepEqual(token('--format', 'yaml'), { status: 2, stdout: '', code: 'cli/usage' })
  assert.deepEqual(token('--nonsense'), { status: 2, stdout: '', code: 'cli/usage' })
  assert.match(run(command, ['token', '--help']), /--format/)
})

test('the tour runs out of the package: registered, signed in, killed, gone on, nothing twice', () => {
  const summary = JSON.parse(run(command, ['tour', '--json']).trim().split('\n').at(-1)!) as Record<
    string,
    unknown
  >
  assert.deepEqual(
    { ok: summary['ok'], steps: summary['steps'], kills: summary['kills'], repeated: summary['repeated'] },
    { ok: true, steps: 11, kills: 1, repeated: 0 },
  )
})

test('a program imports the library and the tenant, and a flow file of its own runs', () => {
  writeFileSync(
    join(folder, 'program.mjs'),
    `import { defineFlow } from 'letterlock'
import { startTenant } from 'letterlock/tenant'
await using tenant = await startTenant()
const flow = defineFlow({ name: 'x', mailbox: 'a@contoso.example', signInAs: 'a@contoso.example', where: { folder: 'Inbox' }, async each() {} })
console.log(tenant.users.length, flow.name)`,
  )
  assert.equal(run(process.execPath, ['program.mjs']).trim(), '5 x')
})

test('the types that ship compile in a strict program that checks its libraries too', () => {
  writeFileSync(
    join(folder, 'typed.ts'),
    `import { defineFlow, type Mailbox } from 'letterlock'
import { startTenant, type Tenant } from 'letterlock/tenant'
export const flow = defineFlow({
  name: 'x', mailbox: 'a@contoso.example', signInAs: 'a@contoso.example', where: { folder: 'Inbox', unread: true },
  async each(message, step) { await step.move('file', message.subject === '' ? 'Inbox/A' : 'Inbox/B') },
})
export const begin = async (mailbox: Mailbox): Promise<[Tenant, Mailbox]> => [await startTenant(), mailbox]
// @ts-expect-error a flow has a name
defineFlow({ mailbox: 'a@contoso.example' })`,
  )
  const compilerOptions = {
    module: 'nodenext',
    target: 'esnext',
    strict: true,
    noEmit: true,
    typeRoots: [fileURLToPath(new URL('../../node_modules/@types', import.meta.url))],
    types: ['node'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }))
  run(process.execPath, [compiler, '-p', '.'])
})
