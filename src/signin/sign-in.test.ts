import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import type { Clock } from '../facts/clock.ts'
import {
  fetchDiscovery,
  openVault,
  Secret,
  SignInError,
  signInWithBrowser,
  type ClientRegistration,
  type SignInOptions,
  type WaitingEvent,
} from './index.ts'
import {
  fixtureClient,
  fixtureOid,
  fixtureTenant,
  startTokenServer,
  type TokenServer,
} from './token-server.fixture.ts'

async function start(t: TestContext): Promise<{ server: TokenServer; client: ClientRegistration }> {
  const server = await startTokenServer()
  t.after(() => server.close())
  const client: ClientRegistration = {
    cloud: server.cloud,
    tenant: fixtureTenant,
    clientId: fixtureClient,
    clientKind: 'public',
    redirectUri: 'http://localhost/Callback',
    scopes: ['Mail.Read'],
  }
  return { server, client }
}

/** Walks as a browser does. */
const browse = async (url: string): Promise<void> => void (await (await fetch(url)).text())

const refuse = async (
  options: SignInOptions,
  code: string,
  more: (error: SignInError) => void = () => undefined,
): Promise<void> => {
  await assert.rejects(signInWithBrowser(options), (error: unknown) => {
    assert.ok(error instanceof SignInError, inspect(error))
    assert.equal(error.code, code, inspect(error))
    more(error)
    return true
  })
}

/** A clock whose sleeps end when the test says so. */
function handClock(): Clock & { wake(ms: number): void; waiting(): number[] } {
  const sleepers = new Map<number, () => void>()
  return {
    nowMs: () => Date.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleepers.set(ms, resolve)
        signal?.addEventListener('abort', () => sleepers.delete(ms))
      }),
    wake: (ms) => sleepers.get(ms)?.(),
    waiting: () => [...sleepers.keys()].sort((a, b) => a - b),
  }
}

test('a sign-in gives the account, its granted scopes and secrets that do not show', async (t) => {
  const { client, server } = await start(t)
  const events: WaitingEvent[] = []
  const signedIn = await signInWithBrowser({
    client,
    expectedUsername: 'invoice.bot@CONTOSO.example',
    openUrl: browse,
    onWaiting: (event) => events.push(event),
  })
  assert.equal(signedIn.account.id, `${fixtureOid}.${fixtureTenant}`)
  assert.equal(signedIn.account.username, 'Invoice.Bot@contoso.example')
  assert.deepEqual(signedIn.account.scopes, ['openid', 'profile', 'Mail.Read', 'offline_access'])
  assert.match(signedIn.redirectReceived, /^http:\/\/localhost:\d+\/Callback$/)
  assert.equal(events[0]?.kind, 'listening')
  assert.doesNotMatch(
    inspect(signedIn, { depth: 9 }) + JSON.stringify(signedIn),
    /at-[0-9a-f]{32}|rt-[0-9a-f]{32}/,
  )
  assert.equal(server.requests[0]?.get('client_secret'), null)
})

test('the authorization request asks for S256, 256-bit state and nonce, offline access and claims challenges', async (t) => {
  const { client } = await start(t)
  const seen: URL[] = []
  const openUrl = (url: string): Promise<void> => {
    seen.push(new URL(url))
    return browse(url)
  }
  await signInWithBrowser({ client, openUrl, expectedUsername: 'invoice.bot@contoso.example' })
  await signInWithBrowser({ client, openUrl, prompt: 'select_account' })
  const [one, two] = seen.map((url) => url.searchParams)
  assert.ok(one && two)
  assert.equal(one.get('code_challenge_method'), 'S256')
  assert.equal(one.get('response_type'), 'code')
  assert.equal(one.get('scope'), 'openid profile offline_access Mail.Read')
  assert.equal(one.get('login_hint'), 'invoice.bot@contoso.example')
  assert.equal(one.get('claims'), '{"access_token":{"xms_cc":{"values":["cp1"]}}}')
  for (const name of ['state', 'nonce', 'code_challenge']) {
    assert.match(one.get(name) ?? '', /^[\w-]{43}$/)
    assert.notEqual(one.get(name), two.get(name))
  }
})

test('a forged state, a favicon and a second tab do not end the wait', async (t) => {
  const { client } = await start(t)
  const ignored: string[] = []
  const signedIn = await signInWithBrowser({
    client,
    onWaiting: (event) => event.kind === 'ignored-request' && ignored.push(event.why),
    async openUrl(url) {
      const back = new URL(url).searchParams.get('redirect_uri') ?? ''
      await fetch(`${back}?code=stolen&state=forged`)
      await fetch(new URL('/favicon.ico', back))
      await browse(url)
    },
  })
  assert.equal(signedIn.account.oid, fixtureOid)
  assert.deepEqual(ignored, ['wrong-state', 'wrong-path'])
})

test('a page error is hinted at once, then the wait ends by name', async (t) => {
  const { client } = await start(t)
  const clock = handClock()
  const events: string[] = []
  const waiting = refuse(
    {
      client,
      clock,
      hintAfterMs: 20,
      timeoutMs: 300,
      onWaiting: (event) => {
        events.push(event.kind)
        if (event.kind === 'page-error-hint') clock.wake(300)
      },
      openUrl: () => {
        assert.deepEqual(clock.waiting(), [20, 300])
        clock.wake(20)
      },
    },
    'signin/timed-out',
    (error) => assert.equal(error.recovery, 'sign-in-again'),
  )
  await waiting
  assert.deepEqual(events, ['listening', 'page-error-hint'])
  assert.deepEqual(clock.waiting(), [], 'no timer is left behind')
})

test('an abort ends the wait, frees the port and says so', async (t) => {
  const { client } = await start(t)
  const stop = new AbortController()
  let back = ''
  await refuse(
    {
      client,
      signal: stop.signal,
      openUrl(url) {
        back = new URL(url).searchParams.get('redirect_uri') ?? ''
        stop.abort()
      },
    },
    'signin/aborted',
  )
  await assert.rejects(fetch(back))
  await refuse(
    { client, signal: AbortSignal.abort(), openUrl: () => assert.fail('opened') },
    'signin/aborted',
  )
})

test('a browser that cannot be opened ends the wait', async (t) => {
  const { client } = await start(t)
  await refuse(
    { client, openUrl: () => Promise.reject(new Error('no display')) },
    'signin/browser-not-opened',
  )
  await refuse(
    {
      client,
      openUrl: () => {
        throw new Error('no display')
      },
    },
    'signin/browser-not-opened',
  )
})

test('a public client with a secret, and a confidential one without, stop before the network', async (t) => {
  const { client } = await start(t)
  const noNetwork = {
    openUrl: () => assert.fail('opened'),
    fetch: (() => assert.fail('sent')) as unknown as typeof fetch,
  }
  const secret = {
    ...client,
    credential: { kind: 'secret' as const, secret: new Secret('s3cret-planted') },
  }
  await refuse({ client: secret, ...noNetwork }, 'signin/public-client-has-secret', (error) => {
    assert.equal(error.entraCode, 700025)
    assert.doesNotMatch(inspect(error), /planted/)
  })
  await refuse({ client: { ...client, clientKind: 'confidential' }, ...noNetwork }, 'signin/secret-missing')
  const cloud = { ...client.cloud, authority: 'http://login.contoso.example' }
  await refuse({ client: { ...client, cloud }, ...noNetwork }, 'signin/insecure-url')
})

test('a confidential client sends its secret in the body, and the vault keeps it', async (t) => {
  const { client, server } = await start(t)
  const home = mkdtempSync(join(tmpdir(), 'letterlock-signin-'))
  t.after(() => rmSync(home, { recursive: true }))
  const credential = { kind: 'secret' as const, secret: new Secret('s3cret-planted') }
  const signedIn = await signInWithBrowser({
    client: { ...client, clientKind: 'confidential', credential },
    openUrl: browse,
  })
  assert.equal(server.requests[0]?.get('client_secret'), 's3cret-planted')
  const vault = openVault(home, { keychain: 'off' })
  vault.save(signedIn)
  const kept = vault.read(signedIn.account.id)?.credential
  assert.equal(kept?.kind === 'secret' && kept.secret.reveal(), 's3cret-planted')
  for (const file of readdirSync(home)) assert.ok(!readFileSync(join(home, file)).includes('planted'))
  vault.close()
})

const badTokens: [string, Record<string, unknown>, string][] = [
  ['of another audience', { aud: 'someone-else' }, 'signin/id-token-invalid'],
  ['of another issuer', { iss: 'https://evil.example/v2.0' }, 'signin/issuer-mismatch'],
  ['with another nonce', { nonce: 'replayed' }, 'signin/id-token-invalid'],
  ['that expired an hour ago', { exp: Math.floor(Date.now() / 1000) - 3600 }, 'signin/clock-skewed'],
  ['not valid yet', { nbf: Math.floor(Date.now() / 1000) + 3600 }, 'signin/clock-skewed'],
  ['of another tenant', { tid: '99999999-2222-4333-8444-555555555555' }, 'signin/wrong-tenant'],
  ['without a person', { oid: undefined }, 'signin/id-token-invalid'],
  ['without a tenant', { tid: 'contoso' }, 'signin/id-token-invalid'],
  ['of another person', { preferred_username: 'grace@contoso.example' }, 'signin/wrong-account'],
]
for (const [what, claims, code] of badTokens) {
  test(`an ID token ${what} is refused`, async (t) => {
    const { client, server } = await start(t)
    server.claims = claims
    await refuse(
      { client, openUrl: browse, expectedUsername: 'invoice.bot@contoso.example' },
      code,
      (error) => {
        assert.doesNotMatch(inspect(error, { depth: 9 }), /at-[0-9a-f]{32}|rt-[0-9a-f]{32}|eyJ/)
      },
    )
  })
}

test('an ID token signed with a key that is not published is refused', async (t) => {
  const { client, server } = await start(t)
  server.wrongKey = true
  await refuse({ client, openUrl: browse }, 'signin/id-token-invalid')
})

test('a tenant named by a domain or by "organizations" is resolved to its GUID', async (t) => {
  const { client } = await start(t)
  for (const tenant of ['contoso.example', 'organizations']) {
    const { account } = await signInWithBrowser({ client: { ...client, tenant }, openUrl: browse })
    assert.equal(account.tid, fixtureTenant)
  }
})

test('an unknown tenant says what AADSTS said, with its ids', async (t) => {
  const { server } = await start(t)
  await assert.rejects(fetchDiscovery(server.cloud, 'fabrikam.example'), (error: unknown) => {
    assert.ok(error instanceof SignInError)
    assert.equal(error.code, 'signin/tenant-not-found')
    assert.equal(error.entraCode, 90002)
    assert.match(error.message, /AADSTS90002: Tenant 'x' not found\.$/)
    assert.equal(error.ids.correlationId, '00000000-0000-0000-0000-000000000002')
    return true
  })
})

test('metadata that names another issuer or sends elsewhere is refused', async (t) => {
  const { server } = await start(t)
  const real = (await (
    await fetch(`${server.origin}/${fixtureTenant}/v2.0/.well-known/openid-configuration`)
  ).json()) as object
  const discover = (change: object): Promise<unknown> =>
    fetchDiscovery(server.cloud, fixtureTenant, { fetch: async () => Response.json({ ...real, ...change }) })
  await discover({})
  await assert.rejects(discover({ issuer: `https://evil.example/${fixtureTenant}/v2.0` }), {
    code: 'signin/issuer-mismatch',
  })
  await assert.rejects(discover({ issuer: `${server.origin}/99999999-2222-4333-8444-555555555555/v2.0` }), {
    code: 'signin/issuer-mismatch',
  })
  await assert.rejects(discover({ token_endpoint: 'https://evil.example/token' }), {
    code: 'signin/reply-malformed',
  })
  await assert.rejects(discover({ jwks_uri: undefined }), { code: 'signin/reply-malformed' })
})

const refusals: [string, Record<string, string>, string, Partial<SignInError>][] = [
  [
    'cancel',
    { error: 'access_denied', error_subcode: 'cancel' },
    'signin/declined',
    { recovery: 'sign-in-again' },
  ],
  [
    'a declined consent',
    { error: 'access_denied', error_description: 'AADSTS65004: User declined to consent' },
    'signin/declined',
    { entraCode: 65004 },
  ],
  ['a server in trouble', { error: 'temporarily_unavailable' }, 'signin/unavailable', { recovery: 'retry' }],
  [
    'a wrong scope',
    { error: 'invalid_request', error_description: 'AADSTS650053: asked for scope \u001b[31mX' },
    'signin/request-refused',
    { entraCode: 650053, recovery: 'fix-configuration' },
  ],
]
for (const [what, parameters, code, expected] of refusals) {
  test(`a redirect with ${what} becomes ${code}`, async (t) => {
    const { client } = await start(t)
    const openUrl = async (url: string): Promise<void> => {
      const sent = new URL(url).searchParams
      await browse(
        `${sent.get('redirect_uri')}?${new URLSearchParams({ ...parameters, state: sent.get('state') ?? '' })}`,
      )
    }
    await refuse({ client, openUrl }, code, (error) => {
      for (const [name, value] of Object.entries(expected))
        assert.equal(error[name as keyof SignInError], value, name)
      assert.ok(!error.message.includes('\u001b'))
    })
  })
}

test('a refused or expired code says what AADSTS said, and busy servers say when', async (t) => {
  const { client, server } = await start(t)
  server.refusals.push({
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: 'AADSTS70008: The provided authorization code has expired.',
      error_codes: [70008],
    },
  })
  await refuse({ client, openUrl: browse }, 'signin/code-refused', (error) =>
    assert.equal(error.entraCode, 70008),
  )
  server.refusals.push({
    status: 401,
    body: {
      error: 'invalid_client',
      error_description: 'AADSTS7000218: needs a secret',
      error_codes: [7000218],
    },
  })
  await refuse({ client, openUrl: browse }, 'signin/client-refused', (error) =>
    assert.equal(error.recovery, 'fix-configuration'),
  )
  server.refusals.push({ status: 429, body: {}, headers: { 'retry-after': '7' } })
  await refuse({ client, openUrl: browse }, 'signin/unavailable', (error) =>
    assert.equal(error.retryAfterMs, 7_000),
  )
  server.refusals.push({ status: 200, body: '<html>' })
  await refuse({ client, openUrl: browse }, 'signin/reply-malformed')
  server.refusals.push({ status: 200, body: { access_token: 'planted-token', token_type: 'mac' } })
  await refuse({ client, openUrl: browse }, 'signin/reply-malformed', (error) =>
    assert.doesNotMatch(inspect(error, { depth: 9 }), /planted/),
  )
})

test('a server that is not there is unreachable', async (t) => {
  const { client, server } = await start(t)
  await server.close()
  await refuse({ client, openUrl: browse }, 'signin/unreachable', (error) =>
    assert.equal(error.recovery, 'retry'),
  )
})

test('an interruption between listening and opening the browser ends the sign-in too', async (t) => {
  const { client } = await start(t)
  const stop = new AbortController()
  await refuse(
    {
      client,
      signal: stop.signal,
      onWaiting: ({ kind }) => kind === 'listening' && stop.abort(),
      openUrl: () => assert.fail('opened'),
    },
    'signin/aborted',
  )
})
