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
import { foreignCertificate, foreignKeySha256 } from './foreign-certificate.fixture.ts'
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
  caFile: '',
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
    const caFile = join(home.dir, 'ca.pem')
    writeFileSync(caFile, foreignCertificate)
    const first = { ...tenant, caFile }
    const profile = prepareProfile(home, first)
    const cookies = join(profile, 'Cookies')
    writeFileSync(cookies, 'kept')
    assert.equal(prepareProfile(home, first), profile)
    assert.equal(readFileSync(cookies, 'utf8'), 'kept')
    const renewed = { ...first, proxyUrl: 'http://127.0.0.1:4' }
    const lock = join(profile, 'SingletonLock')
    symlinkSync(`host-${process.pid}`, lock)
    assert.throws(() => prepareProfile(home, renewed), { code: 'cli/browser-open' })
    const pin = `--ignore-certificate-errors-spki-list=${foreignKeySha256}`
    assert.ok(chromiumSwitches(profile, renewed).includes(pin))
    rmSync(lock)
    prepareProfile(home, renewed)
    assert.throws(() => readFileSync(cookies), { code: 'ENOENT' })
  },
)

const chromium = ['chromium', 'google-chrome', 'chromium-browser'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
)

test(
  'a real Chromium started by BROWSER reaches sign-in at the local tenant, no foreign host, and trusts no other key',
  { skip: chromium ? posix.skip : 'no Chromium is installed', timeout: 60_000 },
  async (t) => {
    const home = homeAt(folder(t))
    await using up = await startTenant({ dataDir: home.tenantDir, proxy: true })
    await using other = await startTenant({ proxy: true })
    const starter = waysInEnvironment(home, { ...up, pid: process.pid } as ProxiedTenant, {})['BROWSER']!
    const documents = '/organizations/v2.0/.well-known/openid-configuration'
    const [ours, foreign, strange] = await askBy(t, starter, [
      `https://login.microsoftonline.com${documents}`,
      'https://example.org/',
      // On this machine, but its CA is not the pinned one.
      `${other.httpsOrigin}${documents}`,
    ])
    assert.match(ours!, /"issuer":"https:\/\/login\.microsoftonline\.com\/\{tenantid\}\/v2\.0"/)
    assert.deepEqual([foreign, strange], ['refused', 'refused'])
  },
)

/** What a page in the browser gets from each address. `starter` runs for real, with a headless Chromium that then ends. */
async function askBy(t: TestContext, starter: string, urls: readonly string[]): Promise<string[]> {
  const page = createServer((request, response) => {
    if (request.method === 'POST') {
      let text = ''
      request.on('data', (part) => (text += String(part)))
      request.on('end', () => page.emit('asked', JSON.parse(text)))
      response.end()
    } else if (request.url === '/held') {
      // Chromium prints the page and ends when all of it is there.
      page.once('asked', () => response.end())
    } else {
      response.setHeader('content-type', 'text/html')
      response.end(`<img src="/held"><script>
        const ask = (url) => fetch(url).then((reply) => reply.text(), () => 'refused')
        Promise.all(${JSON.stringify(urls)}.map(ask)).then((all) => fetch('/', { method: 'POST', body: JSON.stringify(all) }))
      </script>`)
    }
  }).listen(0, '127.0.0.1')
  t.after(() => page.close())
  await once(page, 'listening')
  const { port } = page.address() as { port: number }
  const program = join(folder(t), 'chromium')
  const script = `#!/bin/sh\nexec ${chromium} --headless=new --disable-gpu --dump-dom "$@" >/dev/null 2>&1\n`
  writeFileSync(program, script, { mode: 0o700 })
  const asked = once(page, 'asked') as Promise<[string[]]>
  spawn(starter, [`http://127.0.0.1:${port}/`], {
    stdio: 'ignore',
    env: { ...process.env, CHROME_PATH: program },
  })
  return (await asked)[0]
}
