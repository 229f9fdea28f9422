// Attacks by name, as RFC 6819, RFC 9700 and the issue list them: each is tried for real and must fail.
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { Browser, redirectUri, startPeople, type Application, type People } from './person.fixture.ts'

const scripts = [
  '"><script>alert(1)</script>',
  `'"><img src=x onerror=alert(1)>`,
  '</textarea><svg onload=x>',
]
let people: People
let bot: Application
let origin: string
before(async () => {
  people = await startPeople()
  origin = people.tenant.origin
  bot = await people.register({ publicClient: { redirectUris: [redirectUri] } })
})
after(() => people.tenant.close())

const browse = (): Browser => new Browser(origin)
const codeOf = (back: { redirect: URL | undefined }): string => back.redirect!.searchParams.get('code')!
/** A browser in which a new person has consented, and what it was sent back with. */
async function consented(app = bot, o: Record<string, string | undefined> = {}) {
  const browser = browse()
  const login = await people.createUser()
  const page = await people.signIn(browser, people.authorize(app.appId, o), login)
  assert.equal(page.name, 'consent', page.text)
  return { browser, login, back: await browser.submit({ decision: 'accept' }) }
}
const redeem = (form: Record<string, string | undefined>) => {
  const all = {
    client_id: bot.appId,
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    code_verifier: people.verifier,
    ...form,
  }
  const given = Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined)
  return people.token(Object.fromEntries(given))
}

/** Nothing on the page runs: no script but the one of form_post, no handler, no frame, no javascript: address. */
function assertHarmless(html: string, what: string): void {
  const root = parse(html)
  assert.deepEqual(
    root.querySelectorAll('script, img, svg, iframe, object, embed, base, link').map(String),
    [],
    what,
  )
  for (const element of root.querySelectorAll('*')) {
    for (const [name, value] of Object.entries(element.attributes)) {
      assert.doesNotMatch(name, /^(on|style$|srcdoc$|formaction$)/i, what)
      if (['href', 'src', 'action'].includes(name))
        assert.doesNotMatch(value, /^\s*(javascript|data):/i, what)
    }
  }
}

test('open redirect: nothing but a registered address is ever redirected to, errors and prompt=none included', async () => {
  for (const uri of [
    'https://evil.example/',
    'http://localhost:9999@evil.example/Callback',
    'http://localhost:9999/Callback/../../evil',
    'http://localhost:9999/Callback#@evil.example',
    'http://localhost.evil.example:9999/Callback',
    'http://localhost\\@evil.example/Callback',
    '//evil.example/Callback',
    'javascript:alert(1)',
  ]) {
    for (const extra of [
      {},
      { prompt: 'none' },
      { response_mode: 'form_post' },
      { scope: 'no.such.scope' },
    ]) {
      const page = await browse().open(people.authorize(bot.appId, { redirect_uri: uri, ...extra }))
      assert.equal(page.redirect, undefined, uri)
      assert.equal(page.name, 'error', uri)
      assertHarmless(page.html, uri)
    }
    const out = await browse().open(
      `/${people.tenant.tenantId}/oauth2/v2.0/logout?post_logout_redirect_uri=${encodeURIComponent(uri)}`,
    )
    assert.deepEqual([out.redirect, out.name], [undefined, 'signed-out'], uri)
  }
})

test('open redirect: an address that runs as a script cannot be registered', async () => {
  for (const uri of [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
  ])
    for (const platform of ['publicClient', 'web', 'spa']) {
      const reply = await people.graph('POST', '/applications', {
        displayName: 'x',
        [platform]: { redirectUris: [uri] },
      })
      assert.equal(reply.status, 400, `${platform} ${uri}`)
    }
})

test('CSRF on consent: the cookies are SameSite=Lax and HttpOnly', async () => {
  const { browser } = await consented()
  assert.ok(browser.lines.length >= 2)
  for (const line of browser.lines) assert.match(line, /; Path=\/; HttpOnly; SameSite=Lax$/i, line)
})

test('CSRF on consent: a form without its token, with another one, or from another browser changes nothing', async () => {
  const login = await people.createUser()
  const victim = browse()
  await people.signIn(victim, people.authorize(bot.appId), login)
  const { url, body } = victim.formOf({ decision: 'accept' })
  const attacker = browse()
  await people.signIn(attacker, people.authorize(bot.appId), await people.createUser())
  const own = attacker.formOf({ decision: 'accept' }).body
  const forged = (change: Record<string, string | undefined>): URLSearchParams => {
    const form = new URLSearchParams(body)
    for (const [name, value] of Object.entries(change))
      if (value === undefined) form.delete(name)
      else form.set(name, value)
    return form
  }
  for (const [why, form, browser] of [
    ['no token', forged({ csrf: undefined }), victim],
    ['another token', forged({ csrf: own.get('csrf')! }), victim],
    ['a guessed token', forged({ csrf: randomBytes(32).toString('base64url') }), victim],
    ['the attacker’s own flow', forged({ flow: own.get('flow')!, csrf: own.get('csrf')! }), victim],
    ['another browser', forged({}), attacker],
    ['no cookie at all', forged({}), browse()],
  ] as const) {
    const page = await browser.open(url, { method: 'POST', body: form })
    assert.deepEqual([page.redirect, page.code], [undefined, 90013], why)
  }
  const back = await victim.open(url, { method: 'POST', body })
  assert.ok(codeOf(back), 'the real form works')
  const replay = await victim.open(url, { method: 'POST', body })
  assert.equal(replay.code, 90013, 'once')
})

test('session fixation: a cookie planted before the sign-in is not the one that is signed in', async () => {
  const browser = browse()
  browser.cookies.set('ESTSAUTH', 'planted')
  await people.signIn(browser, people.authorize(bot.appId), await people.createUser())
  assert.notEqual(browser.cookies.get('ESTSAUTH'), 'planted')
  const attacker = browse()
  attacker.cookies.set('ESTSAUTH', 'planted')
  assert.equal((await attacker.open(people.authorize(bot.appId))).name, 'sign-in')
})

test('clickjacking: no page may be framed, and none runs a script but the one line that posts a code on', async () => {
  const login = await people.createUser({ mfaRequired: true, mfaRegistered: false, passwordState: 'expired' })
  const browser = browse()
  const pages = [await browser.open(people.authorize(bot.appId))]
  pages.push(await browser.submit({ login }))
  pages.push(await browser.submit({ passwd: people.passwordOf(login) }))
  const newpasswd = 'correct horse'
  pages.push(
    await browser.submit({
      oldpasswd: people.passwordOf(login),
      newpasswd,
      confirmnewpasswd: newpasswd,
    }),
  )
  pages.push(await browser.submit({ register: 'next' }), await browser.submit({ answer: 'other' }))
  pages.push(await browser.submit({ otc: '135790' }), await browser.submit({ stay: 'no' }))
  pages.push(await browser.open(people.authorize(bot.appId, { scope: 'openid Mail.Read' })))
  pages.push(await browser.open(people.authorize(bot.appId, { prompt: 'select_account' })))
  pages.push(await browser.open(people.authorize('no-such-client')))
  for (const path of ['/common/oauth2/v2.0/logout', '/error?code=50011', '/', '/devicelogin'])
    pages.push(await browse().open(path))
  const names: (string | undefined)[] = pages.map((page) => page.name)
  for (const name of ['sign-in', 'password', 'change-password', 'mfa-register', 'mfa', 'mfa-code'])
    assert.ok(names.includes(name), `${name} of ${names}`)
  for (const name of ['stay-signed-in', 'consent', 'need-admin-approval', 'pick-account', 'error'])
    assert.ok(names.includes(name), `${name} of ${names}`)
  for (const page of pages) {
    const policy = page.headers.get('content-security-policy')!
    const what = page.name!
    assert.match(policy, /default-src 'none'/, what)
    assert.match(policy, /frame-ancestors 'none'/, what)
    assert.match(policy, /base-uri 'none'/, what)
    assert.doesNotMatch(policy, /unsafe|\*|script-src|https?:/, what)
    assert.equal(page.headers.get('x-frame-options'), 'DENY')
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
    assert.match(page.headers.get('cache-control')!, /^(no-store, no-cache|no-cache, private)$/)
    assertHarmless(page.html, what)
  }
})

test('form_post: the page’s script is the one its policy names by hash, and the button serves without it', async () => {
  const { back } = await consented(bot, { response_mode: 'form_post' })
  assert.equal(back.name, 'form-post')
  assert.equal(back.headers.get('cache-control'), 'no-store, no-cache', 'it holds the code')
  const script = parse(back.html).querySelectorAll('script')
  assert.equal(script.length, 1)
  const hash = createHash('sha256').update(script[0]!.textContent).digest('base64')
  const policy = back.headers.get('content-security-policy')!
  assert.ok(policy.includes(`script-src 'sha256-${hash}'`), policy)
  assert.equal(back.main.querySelector('form')!.getAttribute('action'), redirectUri)
  assert.ok(back.main.querySelector('form button'))
})

test('XSS through a display name: of the application and of the person, on every page that shows it', async () => {
  for (const displayName of scripts) {
    const app = await people.register({ displayName, publicClient: { redirectUris: [redirectUri] } })
    const login = await people.createUser({ displayName })
    const browser = browse()
    const consent = await people.signIn(browser, people.authorize(app.appId), login)
    assert.equal(consent.name, 'consent')
    assert.ok(consent.text.includes(displayName.replaceAll('"', '"')) || consent.html.includes('&lt;'))
    const admin = await browser.open(people.authorize(app.appId, { scope: 'openid Mail.Read' }))
    assert.equal(admin.name, 'need-admin-approval')
    await people.graph('PATCH', `/servicePrincipals/${app.principalId}`, { appRoleAssignmentRequired: true })
    const refused = await browser.open(people.authorize(app.appId))
    assert.equal(refused.code, 50105)
    for (const page of [consent, admin, refused]) assertHarmless(page.html, `${page.name} ${displayName}`)
  }
})

test('XSS through login_hint, state, client-request-id and the texts of errors', async () => {
  for (const evil of scripts) {
    const browser = browse()
    const hinted = await browser.open(people.authorize(bot.appId, { login_hint: evil }))
    assert.equal(hinted.main.querySelector('input[name=login]')!.getAttribute('value'), evil)
    const typed = await browser.submit({ login: `${evil}@contoso.example` })
    assert.equal(typed.code, 50034)
    const pages = [hinted, typed]
    for (const o of [
      { redirect_uri: `http://localhost:9999/${evil}` },
      { scope: `openid ${evil.replaceAll(/[ /]/g, '')}` },
      { 'client-request-id': evil, redirect_uri: 'http://localhost:9999/elsewhere' },
      { tenant: encodeURIComponent(evil) },
    ]) {
      const page = await browse().open(people.authorize(bot.appId, o))
      assert.equal(page.name, 'error', JSON.stringify(o))
      pages.push(page)
    }
    for (const o of [{ response_type: evil }, { response_mode: evil }]) {
      const { redirect } = await browse().open(people.authorize(bot.appId, o))
      assert.equal(redirect?.host, 'localhost:9999', 'told to the application, as text in its address')
    }
    const posted = { response_type: evil, response_mode: 'form_post' }
    const form = await browse().open(people.authorize(bot.appId, posted))
    assert.equal(parse(form.html).querySelectorAll('script, img, svg').length, 1, 'the line that posts it on')
    pages.push(await browse().open(people.authorize(evil)))
    pages.push(await browse().open(`/error?code=${encodeURIComponent(evil)}`))
    for (const page of pages) assertHarmless(page.html, `${page.name} ${evil}`)
    const { back } = await consented(bot, { state: evil, response_mode: 'form_post' })
    assert.equal(parse(back.html).querySelectorAll('script').length, 1)
    assert.equal(parse(back.html).querySelectorAll('img, svg').length, 0)
  }
})

test('DNS rebinding: a name that was turned towards the tenant is refused everywhere, with its port too', async () => {
  for (const path of ['/common/oauth2/v2.0/authorize', '/v1.0/me', '/_letterlock/users', '/'])
    for (const host of [
      'evil.example',
      `evil.example:${people.tenant.port}`,
      'localhost.evil.example',
      '0.0.0.0',
    ]) {
      const asked = httpRequest(origin + path, {
        headers: { host, authorization: `Bearer ${people.tenant.controlToken}` },
      })
      asked.end()
      const [reply] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
      reply.resume()
      assert.equal(reply.statusCode, 421, `${host} ${path}`)
    }
})

test('a web page driving the control API: foreign origin, cookie, simple request and preflight are all refused', async () => {
  const token = people.tenant.controlToken
  const send = (headers: Record<string, string>, method = 'POST') =>
    fetch(`${origin}/_letterlock/clock`, {
      method,
      headers,
      ...(method === 'POST' ? { body: '{"advanceMs":1}' } : {}),
    })
  const bearer = { authorization: `Bearer ${token}` }
  const json = { 'content-type': 'application/json' }
  for (const [why, headers, status] of [
    ['foreign origin', { ...bearer, ...json, origin: 'https://evil.example' }, 403],
    ['another port of localhost', { ...bearer, ...json, origin: 'http://localhost:1' }, 403],
    ['a sandboxed frame', { ...bearer, ...json, origin: 'null' }, 403],
    ['cross-site', { ...bearer, ...json, 'sec-fetch-site': 'cross-site' }, 403],
    ['a cookie instead of the token', { ...json, cookie: `token=${token}; ESTSAUTH=${token}` }, 401],
    ['basic authentication', { ...json, authorization: `Basic ${btoa(`x:${token}`)}` }, 401],
    ['a form of another page', { 'content-type': 'application/x-www-form-urlencoded' }, 401],
    ['a simple request', { ...bearer, 'content-type': 'text/plain' }, 415],
  ] as const) {
    const reply = await send(headers)
    assert.equal(reply.status, status, why)
    assert.equal(reply.headers.get('access-control-allow-origin'), null, why)
    await reply.body?.cancel()
  }
  const preflight = await send(
    { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    'OPTIONS',
  )
  assert.ok(!preflight.ok)
  assert.deepEqual(
    [...preflight.headers.keys()].filter((name) => name.startsWith('access-control')),
    [],
  )
})

test('code injection: a code of one client is of no use to another, to another redirect, or to another verifier', async () => {
  const other = await people.register({ publicClient: { redirectUris: [redirectUri] } })
  const code = codeOf((await consented()).back)
  const failures = [
    [{ code, client_id: other.appId }, 70000],
    [{ code, redirect_uri: 'http://localhost:9999/Other' }, 500112],
    [{ code, code_verifier: randomBytes(32).toString('base64url') }, 501481],
  ] as const
  for (const [form, number] of failures) {
    const { status, body } = await redeem(form)
    assert.deepEqual([status, body['error_codes']], [400, [number]])
    assert.ok(!('access_token' in body))
  }
  assert.equal((await redeem({ code })).status, 200, 'and it is still good for its own client')
})

test('redirect mix-up: a code goes to the address that was asked for alone, and is of use with that address and tenant alone', async () => {
  const [first, second] = ['http://localhost:9999/First', 'http://localhost:9999/Second']
  const app = await people.register({ publicClient: { redirectUris: [first, second] } })
  const { back } = await consented(app, { redirect_uri: first, state: 'asked at first' })
  assert.equal(`${back.redirect!.origin}${back.redirect!.pathname}`, first)
  assert.equal(back.redirect!.searchParams.get('state'), 'asked at first')
  // RFC 9207: a wrong issuer would mislead a client that talks to several servers. Entra sends none.
  assert.deepEqual([...back.redirect!.searchParams.keys()].sort(), ['code', 'session_state', 'state'])
  const code = codeOf(back)
  const swapped = await redeem({ client_id: app.appId, code, redirect_uri: second })
  assert.deepEqual(swapped.body['error_codes'], [500112])
  assert.equal((await redeem({ client_id: app.appId, code, redirect_uri: undefined })).status, 400)
  const elsewhere = await fetch(`${origin}/consumers/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: app.appId,
      grant_type: 'authorization_code',
      redirect_uri: first,
      code,
      code_verifier: people.verifier,
    }),
  })
  assert.equal(elsewhere.status, 400, 'another tenant’s endpoint')
  assert.equal((await redeem({ client_id: app.appId, code, redirect_uri: first })).status, 200)
})

test('code reuse: a code works once (AADSTS54005), however often it is sent at the same time', async () => {
  const code = codeOf((await consented()).back)
  const replies = await Promise.all(Array.from({ length: 8 }, () => redeem({ code })))
  assert.equal(replies.filter((reply) => reply.status === 200).length, 1)
  for (const { body } of replies.filter((reply) => reply.status !== 200))
    assert.deepEqual(body['error_codes'], [54005])
})

test('PKCE downgrade: neither leaving the verifier out nor stripping the challenge gets a token', async () => {
  const code = codeOf((await consented()).back)
  for (const verifier of [undefined, '', 'short'])
    assert.equal((await redeem({ code, code_verifier: verifier })).body['error'], 'invalid_grant')
  const stripped = await consented(bot, { code_challenge: undefined, code_challenge_method: undefined })
  const injected = await redeem({ code: codeOf(stripped.back) })
  assert.equal(injected.body['error'], 'invalid_grant', 'the client that sends a verifier notices')
  const challenge = createHash('sha256').update(people.verifier).digest('base64url')
  const plain = await consented(bot, { code_challenge: challenge, code_challenge_method: 'plain' })
  assert.equal((await redeem({ code: codeOf(plain.back) })).body['error'], 'invalid_grant')
  const method = await browse().open(people.authorize(bot.appId, { code_challenge_method: 's256' }))
  assert.match(method.redirect?.searchParams.get('error_description') ?? '', /^AADSTS501491: /)
  assert.equal(method.redirect?.searchParams.get('code'), null)
})

test('PKCE downgrade: a single-page application gets nothing without a challenge (AADSTS9002325)', async () => {
  const uri = 'https://spa.contoso.example/'
  const spa = await people.register({ spa: { redirectUris: [uri] } })
  const { back } = await consented(spa, {
    redirect_uri: uri,
    code_challenge: undefined,
    code_challenge_method: undefined,
  })
  const { body } = await people.token(
    { client_id: spa.appId, grant_type: 'authorization_code', redirect_uri: uri, code: codeOf(back) },
    { origin: 'https://spa.contoso.example' },
  )
  assert.deepEqual(body['error_codes'], [9002325])
})

const base64url = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Tokens with the same payload that must not be taken for ours. */
async function forgeries(payload: string, names: { kid: string; x5t?: string }): Promise<[string, string][]> {
  const jwks = (await (await fetch(`${origin}/common/discovery/v2.0/keys`)).json()) as {
    keys: { x5c: string[]; n: string }[]
  }
  const der = Buffer.from(jwks.keys[0]!.x5c[0]!, 'base64')
  const { X509Certificate } = await import('node:crypto')
  const publicKey = new X509Certificate(der).publicKey
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const hmac = (secret: string | Buffer, header: object): string => {
    const input = `${base64url(header)}.${payload}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const rsa = (header: object): string => {
    const input = `${base64url(header)}.${payload}`
    return `${input}.${sign('sha256', Buffer.from(input), own.privateKey).toString('base64url')}`
  }
  const jwk = own.publicKey.export({ format: 'jwk' })
  const none = ['none', 'None', 'NONE', ''].map((alg): [string, string] => [
    `alg ${alg || 'empty'}`,
    `${base64url({ typ: 'JWT', alg, ...names })}.${payload}.`,
  ])
  return [
    ...none,
    [
      'HS256 with the public key as PEM',
      hmac(publicKey.export({ type: 'spki', format: 'pem' }), { typ: 'JWT', alg: 'HS256', ...names }),
    ],
    [
      'HS256 with the public key as DER',
      hmac(publicKey.export({ type: 'spki', format: 'der' }), { typ: 'JWT', alg: 'HS256', ...names }),
    ],
    ['HS256 with the modulus', hmac(jwks.keys[0]!.n, { typ: 'JWT', alg: 'HS256', ...names })],
    ['HS256 with the certificate', hmac(der, { typ: 'JWT', alg: 'HS256', ...names })],
    ['RS256 with a foreign key', rsa({ typ: 'JWT', alg: 'RS256', ...names })],
    ['its own key in the header', rsa({ typ: 'JWT', alg: 'RS256', ...names, jwk })],
    ['a key set of its own', rsa({ typ: 'JWT', alg: 'RS256', ...names, jku: 'https://evil.example/keys' })],
    ['an unknown kid', rsa({ typ: 'JWT', alg: 'RS256', ...names, kid: '../../dev/null' })],
    ['no signature', `${base64url({ typ: 'JWT', alg: 'RS256', ...names })}.${payload}.`],
  ]
}

test('JWT alg confusion: none, HS256 with the public key and foreign keys are refused by Graph', async () => {
  const { body } = await redeem({ code: codeOf((await consented()).back) })
  const [header, payload] = String(body['access_token']).split('.') as [string, string]
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  const me = (token: string) => fetch(`${origin}/v1.0/me`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal((await me(String(body['access_token']))).status, 200)
  for (const [why, token] of await forgeries(payload, { kid })) {
    const reply = await me(token)
    assert.equal(reply.status, 401, why)
    assert.match(await reply.text(), /InvalidAuthenticationToken/, why)
  }
})

test('JWT alg confusion: a client assertion signed with none, HS256 or a foreign key is no client', async () => {
  // Its certificate is known and named: the signature is all that is wrong.
  const jwks = (await (await fetch(`${origin}/common/discovery/v2.0/keys`)).json()) as {
    keys: { x5c: string[] }[]
  }
  const key = jwks.keys[0]!.x5c[0]!
  const x5t = createHash('sha1').update(Buffer.from(key, 'base64')).digest('base64url')
  const web = await people.register({
    web: { redirectUris: ['https://bot.contoso.example/cb'] },
    keyCredentials: [{ type: 'AsymmetricX509Cert', usage: 'Verify', key }],
  })
  const now = Math.floor(Date.now() / 1_000)
  const payload = base64url({
    aud: `${origin}/${people.tenant.tenantId}/oauth2/v2.0/token`,
    iss: web.appId,
    sub: web.appId,
    jti: randomBytes(8).toString('hex'),
    nbf: now,
    exp: now + 300,
  })
  for (const [why, assertion] of await forgeries(payload, { kid: 'x', x5t })) {
    const { status, body } = await people.token({
      client_id: web.appId,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
    assert.ok(status === 400 || status === 401, why)
    assert.ok(!('access_token' in body), why)
  }
})
