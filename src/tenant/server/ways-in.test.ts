// https, the proxy and the local CA: who gets in under which name, judged by openssl, curl, Node's fetch and Python.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { microsoftHosts } from '../../facts/microsoft-hosts.ts'
import { startTenant, type Tenant, type WaysInAddresses } from '../index.ts'
import { isPublicAddress, openPassThrough } from './pass-through.ts'

let tenant: Tenant & WaysInAddresses
before(async () => {
  tenant = await startTenant({ proxy: true })
})
after(() => tenant.close())

const needs = (program: string, ask = '--version') => ({
  skip: spawnSync(program, [ask], { stdio: 'ignore' }).status === 0 ? false : `${program} is not installed`,
})
const execute = promisify(execFile)

const metadataAt = (host: string): string =>
  `https://${host}/organizations/v2.0/.well-known/openid-configuration`
const proxyPort = (): number => Number(new URL(tenant.proxyUrl).port)

/** What the proxy says to a request line and its headers, up to the end of the connection. */
async function sayToProxy(head: string, port = proxyPort()): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.end(`${head}\r\n\r\n`)
  let text = ''
  for await (const part of socket) text += String(part)
  return text
}

async function openTunnel(target: string): Promise<Socket> {
  const asked = httpRequest({ host: '127.0.0.1', port: proxyPort(), method: 'CONNECT', path: target })
  asked.end()
  const [reply, socket] = (await once(asked, 'connect')) as [IncomingMessage, Socket]
  assert.equal(reply.statusCode, 200, target)
  return socket
}

/** A TLS connection to a name, through the proxy. */
async function shakeHands(servername: string): Promise<TLSSocket> {
  const socket = await openTunnel(`${servername}:443`)
  const tls = connectTls({ socket, servername, ca: readFileSync(tenant.caFile) })
  await once(tls, 'secureConnect')
  return tls
}

async function getOver(tls: Socket, path: string, host: string): Promise<string> {
  tls.end(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
  let text = ''
  for await (const part of tls) text += String(part)
  return text
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-ways-in-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test(
  'every name gets its own certificate, and openssl -x509_strict accepts each chain',
  needs('openssl', 'version'),
  async (t) => {
    const dir = folder(t)
    const chains: string[] = []
    for (const { host } of microsoftHosts) {
      const tls = await shakeHands(host)
      const { raw, subjectaltname } = tls.getPeerCertificate()
      tls.destroy()
      assert.equal(subjectaltname, `DNS:${host}`)
      const file = join(dir, `${host}.pem`)
      writeFileSync(file, new X509Certificate(raw).toString())
      chains.push(file)
    }
    const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', tenant.caFile]
    const { stdout: said } = await execute('openssl', [...verify, ...chains])
    assert.equal(said.match(/: OK$/gm)?.length, microsoftHosts.length)
    const { stdout } = await execute('openssl', ['x509', '-in', tenant.caFile, '-noout', '-text'])
    assert.match(stdout, /X509v3 Name Constraints: critical/)
    assert.match(stdout, /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
  },
)

test('the CA cannot vouch for a name that is not its own', needs('openssl', 'version'), async (t) => {
  const dir = folder(t)
  const ca = ['-CA', tenant.caFile, '-CAkey', join(tenant.dataDir, 'tls', 'ca.key')]
  const [request, leaf, extensions] = ['r.pem', 'l.pem', 'e.cnf'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  for (const [name, accepted] of [
    ['DNS:bank.example', false],
    ['IP:10.0.0.1', false],
    ['IP:127.0.0.1', true],
  ] as const) {
    writeFileSync(
      extensions,
      `subjectAltName=${name}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\nbasicConstraints=critical,CA:false\n`,
    )
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      join(dir, 'k.pem'),
    ]
    await execute('openssl', ['req', ...key, '-subj', '/CN=x', '-out', request])
    await execute('openssl', [
      'x509',
      '-req',
      '-in',
      request,
      ...ca,
      '-CAcreateserial',
      '-CAserial',
      join(dir, 'serial'),
      '-extfile',
      extensions,
      '-out',
      leaf,
    ])
    const verified = execute('openssl', ['verify', '-x509_strict', '-CAfile', tenant.caFile, leaf])
    if (accepted) await verified
    else await assert.rejects(verified, /permitted subtree violation/, name)
  }
})

test('the CA lives seven days, is kept over a restart, and its key is its owner’s alone', async (t) => {
  const dataDir = folder(t)
  const start = () => startTenant({ dataDir, proxy: true })
  const first = await start()
  const certificate = readFileSync(first.caFile, 'utf8')
  if (process.platform !== 'win32') assert.equal(statSync(join(dataDir, 'tls', 'ca.key')).mode & 0o777, 0o600)
  await first.close()
  await using second = await start()
  assert.equal(readFileSync(second.caFile, 'utf8'), certificate)
})

test(
  'curl reaches sign-in and Graph through the proxy, and a foreign host gets 403',
  needs('curl'),
  async () => {
    const curl = async (url: string): Promise<{ status: number; text: string }> => {
      const args = ['-sS', '--max-time', '10', '-x', tenant.proxyUrl, '--cacert', tenant.caFile]
      const { stdout } = await execute('curl', [...args, '-w', '\n%{http_code} %{http_connect}', url]).catch(
        (error) => error,
      )
      const [status, connect] = stdout.trim().split('\n').at(-1)!.split(' ').map(Number) as [number, number]
      return { status: status || connect, text: stdout.slice(0, stdout.lastIndexOf('\n')) }
    }
    const metadata = await curl(metadataAt('login.microsoftonline.com'))
    assert.equal(
      JSON.parse(metadata.text).token_endpoint,
      'https://login.microsoftonline.com/organizations/oauth2/v2.0/token',
    )
    assert.match((await curl('https://graph.microsoft.com/v1.0/me')).text, /InvalidAuthenticationToken/)
    assert.equal((await curl('https://example.org/')).status, 403)
    assert.equal((await curl('http://example.org/')).status, 403)
  },
)

test('Node’s fetch reaches sign-in and Graph with the environment alone, and a foreign host is refused', async () => {
  const script = `
    const metadata = await (await fetch('${metadataAt('login.microsoftonline.com')}')).json()
    const me = await fetch('https://graph.microsoft.com/v1.0/me')
    const gov = await (await fetch('${metadataAt('login.microsoftonline.us')}')).json()
    const foreign = await fetch('https://example.org/').then((r) => r.status, () => 'refused')
    console.log(JSON.stringify({ issuer: metadata.issuer, me: me.status, gov: gov.issuer, foreign }))`
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], {
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: tenant.proxyUrl,
      NODE_EXTRA_CA_CERTS: tenant.caFile,
    },
  })
  const said = JSON.parse(stdout)
  assert.equal(said.issuer, 'https://login.microsoftonline.com/{tenantid}/v2.0')
  assert.equal(said.gov, 'https://login.microsoftonline.us/{tenantid}/v2.0')
  assert.equal(said.me, 401)
  assert.equal(said.foreign, 'refused')
})

test(
  'Python’s urllib reaches sign-in and Graph with the environment alone, and a foreign host is refused',
  needs('python3'),
  async () => {
    const script = `
import json, urllib.request, urllib.error
def status(url):
    try: return urllib.request.urlopen(url, timeout=10).status
    except urllib.error.HTTPError as e: return e.code
    except urllib.error.URLError as e: return str(e.reason)
metadata = json.load(urllib.request.urlopen('${metadataAt('login.microsoftonline.com')}', timeout=10))
print(json.dumps([metadata['issuer'], status('https://graph.microsoft.com/v1.0/me'), status('https://example.org/')]))`
    const { stdout } = await execute('python3', ['-c', script], {
      env: {
        ...process.env,
        HTTPS_PROXY: tenant.proxyUrl,
        https_proxy: tenant.proxyUrl,
        SSL_CERT_FILE: tenant.caFile,
      },
    })
    const [issuer, me, foreign] = JSON.parse(stdout)
    assert.equal(issuer, 'https://login.microsoftonline.com/{tenantid}/v2.0')
    assert.equal(me, 401)
    assert.match(String(foreign), /403/)
  },
)

test('an https address in absolute form is answered as if it came through a tunnel', async () => {
  const text = await sayToProxy(
    `GET ${metadataAt('login.windows.net')} HTTP/1.1\r\nhost: elsewhere.example\r\nconnection: close`,
  )
  assert.match(text, /^HTTP\/1\.1 200 /)
  assert.match(text, /"issuer":"https:\/\/login\.windows\.net\/\{tenantid\}\/v2\.0"/)
})

test('nothing of Microsoft’s is served in the clear: http is sent on to https, or refused', async () => {
  const get = await sayToProxy(
    'GET http://microsoft.com/devicelogin HTTP/1.1\r\nhost: microsoft.com\r\nconnection: close',
  )
  assert.match(get, /^HTTP\/1\.1 301 [^]*location: https:\/\/microsoft\.com\/devicelogin\r\n/)
  const post = await sayToProxy(
    'POST http://graph.microsoft.com/v1.0/me/sendMail HTTP/1.1\r\nhost: graph.microsoft.com\r\ncontent-length: 0\r\nconnection: close',
  )
  assert.match(post, /^HTTP\/1\.1 403 /)
})

test('microsoft.com/devicelogin leads to the sign-in page for devices', async () => {
  const text = await getOver(await shakeHands('microsoft.com'), '/devicelogin', 'microsoft.com')
  assert.match(text, /location: https:\/\/login\.microsoftonline\.com\/common\/oauth2\/deviceauth\r\n/)
})

test('login.microsoft.com/device takes a code too, and login.microsoftonline.com/error explains a number', async () => {
  const device = await getOver(await shakeHands('login.microsoft.com'), '/device', 'login.microsoft.com')
  assert.match(device, /^HTTP\/1\.1 200 [^]*name="otc"/)
  const host = 'login.microsoftonline.com'
  for (const [typed, status, says] of [
    ['50011', 200, /AADSTS50011: [^]*name="code"/],
    ['AADSTS50011', 200, /AADSTS50011: /],
    ['1', 404, /Error code not known[^]*name="code"/],
  ] as const) {
    const text = await getOver(await shakeHands(host), `/error?code=${typed}`, host)
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.match(text, says)
  }
})

test('the proxy refuses other hosts, other ports, this machine, and what is no proxy request', async () => {
  for (const [line, status] of [
    ['CONNECT example.org:443', 403],
    ['CONNECT login.microsoftonline.com:8443', 403],
    ['CONNECT login.microsoftonline.com.evil.example:443', 403],
    [`CONNECT 127.0.0.1:${tenant.port}`, 403],
    [`CONNECT localhost:${tenant.port}`, 403],
    [`CONNECT [::1]:${tenant.port}`, 403],
    ['CONNECT nonsense', 400],
    [`GET http://127.0.0.1:${tenant.port}/_letterlock/status`, 403],
    ['GET https://login.microsoftonline.com:8443/', 403],
    ['GET https://user:password@login.microsoftonline.com/', 400],
    ['GET /', 400],
  ] as const) {
    const text = await sayToProxy(`${line} HTTP/1.1\r\nhost: x\r\nconnection: close`)
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), line)
  }
})

test('a name of Microsoft’s is answered behind TLS alone, and only the one of the handshake', async () => {
  const asked = httpRequest(`${tenant.origin}/common/discovery/v2.0/keys`, {
    headers: { host: 'login.microsoftonline.com' },
  })
  asked.end()
  const [plain] = (await once(asked, 'response')) as [IncomingMessage]
  plain.resume()
  assert.equal(plain.statusCode, 421)
  const path = '/common/discovery/v2.0/keys'
  assert.match(
    await getOver(await shakeHands('login.microsoftonline.com'), path, 'graph.microsoft.com'),
    /^HTTP\/1\.1 421 /,
  )
  assert.match(
    await getOver(await shakeHands('login.microsoftonline.com'), path, 'localhost'),
    /^HTTP\/1\.1 421 /,
  )
  assert.match(
    await getOver(await shakeHands('login.microsoftonline.com'), path, 'login.microsoftonline.com'),
    /^HTTP\/1\.1 200 /,
  )
})

test('https on localhost has its own issuer, and a handshake for an unknown name fails', async () => {
  const { port, origin } = new URL(tenant.httpsOrigin)
  const ca = readFileSync(tenant.caFile)
  const tls = connectTls({ port: Number(port), host: '127.0.0.1', servername: 'localhost', ca })
  await once(tls, 'secureConnect')
  const text = await getOver(tls, '/organizations/v2.0/.well-known/openid-configuration', `localhost:${port}`)
  assert.ok(text.includes(`"issuer":"${origin}/{tenantid}/v2.0"`))
  const unknown = connectTls({ port: Number(port), host: '127.0.0.1', servername: 'bank.example', ca })
  await assert.rejects(once(unknown, 'secureConnect'))
})

test('metadata and instance discovery of a name of Microsoft’s name the hosts of its cloud', async () => {
  const ask = async (host: string, path: string): Promise<Record<string, unknown>> =>
    JSON.parse((await getOver(await shakeHands(host), path, host)).split('\r\n\r\n')[1]!) as Record<
      string,
      unknown
    >
  for (const [host, graph, cloud] of [
    ['login.windows.net', 'graph.microsoft.com', 'microsoftonline.com'],
    ['login.microsoftonline.us', 'graph.microsoft.us', 'microsoftonline.us'],
  ] as const) {
    const metadata = await ask(host, new URL(metadataAt(host)).pathname)
    assert.equal(metadata['userinfo_endpoint'], `https://${graph}/oidc/userinfo`)
    assert.equal(metadata['msgraph_host'], graph)
    assert.equal(metadata['cloud_instance_name'], cloud)
  }
  const instance = '/common/discovery/instance?api-version=1.1&authorization_endpoint='
  const found = await ask(
    'login.microsoftonline.com',
    `${instance}https://login.usgovcloudapi.net/common/oauth2/v2.0/authorize`,
  )
  assert.equal(
    found['tenant_discovery_endpoint'],
    'https://login.usgovcloudapi.net/common/v2.0/.well-known/openid-configuration',
  )
  const rows = found['metadata'] as { preferred_cache: string; aliases: string[] }[]
  assert.deepEqual(rows[0], {
    preferred_network: 'login.microsoftonline.com',
    preferred_cache: 'login.windows.net',
    aliases: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  })
  const unknown = await ask('login.microsoftonline.com', `${instance}https://evil.example/common`)
  assert.equal(unknown['error'], 'invalid_instance')
})

test('Graph’s paths are Graph’s alone, and the control API is under no name of sign-in or Graph', async () => {
  for (const [host, path] of [
    ['login.microsoftonline.com', '/v1.0/me'],
    ['graph.microsoft.com', '/common/v2.0/.well-known/openid-configuration'],
    ['graph.microsoft.com', '/_letterlock/status'],
    ['login.microsoftonline.com', '/_letterlock/status'],
  ] as const)
    assert.match(await getOver(await shakeHands(host), path, host), /^HTTP\/1\.1 501 /, host + path)
})

test('--pass-through lets public addresses through, never this machine, private networks or the real sign-in', async (t) => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.20.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
  ])
    assert.equal(isPublicAddress(address), false, address)
  for (const address of ['93.184.215.14', '2606:4700::1111'])
    assert.equal(isPublicAddress(address), true, address)
  const rebound = openPassThrough(async () => ['93.184.215.14', '127.0.0.1'])
  for (const [host, port] of [
    ['evil.example', 443],
    ['127.0.0.1', 443],
    ['[::1]', 443],
    ['example.org', 25],
    ['login.live.com', 443],
    ['device.login.microsoftonline.com', 443],
  ] as const)
    await assert.rejects(rebound.connect(host, port), { reason: 'not-public' }, host)
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.after(() => holder.close())
  const open = await startTenant({ proxy: { passThrough: true } })
  t.after(() => open.close())
  const { port } = holder.address() as { port: number }
  for (const line of [
    `CONNECT 127.0.0.1:${port}`,
    'CONNECT localhost:443',
    'CONNECT 0x7f.1:443',
    `GET http://127.0.0.1:80/`,
  ])
    assert.match(
      await sayToProxy(
        `${line} HTTP/1.1\r\nhost: x\r\nconnection: close`,
        Number(new URL(open.proxyUrl).port),
      ),
      /^HTTP\/1\.1 403 /,
      line,
    )
})

test('close ends tunnels and unfinished handshakes at once', async () => {
  const one = await startTenant({ proxy: true })
  const socket = connectTcp(Number(new URL(one.httpsOrigin).port), '127.0.0.1')
  await once(socket, 'connect')
  const ended = once(socket, 'close')
  await one.close()
  await ended
})
