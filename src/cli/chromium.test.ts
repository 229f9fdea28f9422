// `tenant browser`: what it starts, what it trusts, and that a real Chromium then reaches the local tenant alone.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startTenant } from '../tenant/index.ts'
import { chromiumSwitches, findChromium, prepareProfile, readAddress } from './chromium.ts'
import { homeAt } from './home.ts'
import { type ProxiedTenant, waysInEnvironment } from './ways-in.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-browser-'))
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}
const tenant: ProxiedTenant = {
  origin: 'http://127.0.0.1:1',
  port: 1,
  pid: 1,
  tenantId: 'x',
  proxyUrl: 'http://127.0.0.1:3',
  httpsOrigin: 'https://localhost:2',
  caFile: 'ca.pem',
  caKeySha256: 'AAAA',
}
const posix = { skip: process.platform === 'win32' ? 'no links or scripts there' : false }

test('an address is https or http, never a switch of the browser, a file or a script', () => {
  assert.equal(readAddress('microsoft.com/devicelogin'), 'https://microsoft.com/devicelogin')
  assert.equal(readAddress('http://localhost:9999/Callback?x=1'), 'http://localhost:9999/Callback?x=1')
  for (const typed of [
    '--no-sandbox',
    '-x',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'chrome://settings',
    '',
  ])
    assert.throws(() => readAddress(typed), { code: 'cli/usage' }, typed)
})

test('CHROME_PATH goes before what is on the PATH; where there is none, that is named', posix, (t) => {
  const dir = folder(t)
  const program = (name: string): string => {
    const file = join(dir, name)
    writeFileSync(file, '', { mode: 0o700 })
    return file
  }
  assert.throws(() => findChromium({ PATH: dir }, 'linux'), { code: 'cli/browser-missing' })
  const chromium = program('chromium')
  assert.equal(findChromium({ PATH: dir }, 'linux'), chromium)
  const own = program('own')
  assert.equal(findChromium({ PATH: dir, CHROME_PATH: own }, 'linux'), own)
})

test(
  'the profile is kept while the key is the same, and made anew for another; not under an open browser',
  posix,
  (t) => {
    const home = homeAt(folder(t))
    mkdirSync(home.tenantDir)
    const profile = prepareProfile(home, tenant)
    const cookies = join(profile, 'Cookies')
    writeFileSync(cookies, 'kept')
    assert.equal(prepareProfile(home, tenant), profile)
    assert.equal(readFileSync(cookies, 'utf8'), 'kept')
    const renewed = { ...tenant, caKeySha256: 'BBBB' }
    const lock = join(profile, 'SingletonLock')
    symlinkSync(`host-${process.pid}`, lock)
    assert.throws(() => prepareProfile(home, renewed), { code: 'cli/browser-open' })
    assert.ok(chromiumSwitches(profile, renewed).includes('--ignore-certificate-errors-spki-list=BBBB'))
    rmSync(lock)
    prepareProfile(home, renewed)
    assert.throws(() => readFileSync(cookies), { code: 'ENOENT' })
  },
)

const chromium = ['chromium', 'google-chrome', 'chromium-browser'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
)

test(
  'a real Chromium started by BROWSER shows the local tenant at login.microsoftonline.com, and trusts no other key',
  { skip: chromium ? posix.skip : 'no Chromium is installed', timeout: 60_000 },
  async (t) => {
    const home = homeAt(folder(t))
    await using up = await startTenant({ dataDir: home.tenantDir, proxy: true })
    await using other = await startTenant({ proxy: true })
    const address = { ...up, pid: process.pid } as ProxiedTenant
    const starter = waysInEnvironment(home, address, {})['BROWSER']!
    const page = await dumpBy(t, {
      starter,
      url: 'https://login.microsoftonline.com/common/oauth2/deviceauth',
    })
    assert.match(page, /Letterlock local tenant: a stand-in/)
    // The same switches, but the page comes from a tenant whose CA is not the pinned one.
    const strange = await dumpBy(t, { starter, url: `${other.httpsOrigin}/` })
    assert.doesNotMatch(strange, /stand-in/)
  },
)

/** What the page holds once Chromium has loaded it: its starter runs for real, with a Chromium that prints and ends. */
async function dumpBy(t: TestContext, o: { starter: string; url: string }): Promise<string> {
  const dir = folder(t)
  const receiver = createServer((request, response) => {
    let text = ''
    request.on('data', (part) => (text += String(part)))
    request.on('end', () => {
      receiver.emit('dumped', text)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address() as { port: number }
  const wrapper = join(dir, 'chromium')
  const send = `fetch('http://127.0.0.1:${port}', { method: 'POST', body: require('node:fs').readFileSync(0) })`
  writeFileSync(
    wrapper,
    `#!/bin/sh\n${chromium} --headless=new --disable-gpu --dump-dom --timeout=20000 "$@" 2>/dev/null | '${process.execPath}' -e "${send}"\n`,
    { mode: 0o700 },
  )
  const dumped = once(receiver, 'dumped') as Promise<[string]>
  spawn(o.starter, [o.url], {
    stdio: 'inherit',
    env: { ...process.env, CHROME_PATH: wrapper, LETTERLOCK_KEYCHAIN: 'off' },
  })
  const [text] = await dumped
  receiver.close()
  receiver.closeAllConnections()
  return text
}
