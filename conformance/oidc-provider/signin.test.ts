import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test, type TestContext } from 'node:test'
import {
  createTokenSource,
  openVault,
  refreshAccount,
  Secret,
  signInWithBrowser,
  type SignedIn,
  type SignInOptions,
} from '../../src/signin/index.ts'
import { revokeRefreshToken } from '../../src/signin/revoke.ts'
import { ada, browse, startJudge, tenantId, type Judge } from './provider.ts'

async function judge(t: TestContext): Promise<Judge> {
  const started = await startJudge()
  t.after(() => started.close())
  return started
}

/** oidc-provider gives offline access only after consent was asked for (OpenID Connect Core 11). */
function signIn(with_: Judge, change: Partial<SignInOptions> = {}): Promise<SignedIn> {
  return signInWithBrowser({
    client: with_.publicClient,
    prompt: 'consent',
    timeoutMs: 15_000,
    openUrl: async (url) => void (await browse(url)),
    ...change,
  })
}

const whenAt =
  (path: string, then: (url: URL) => void) =>
  (url: URL): void => {
    if (url.pathname.endsWith(path)) then(url)
  }

test('oidc-provider signs our public client in: code, PKCE S256, nonce, iss, ID token', async (t) => {
  const provider = await judge(t)
  const { account, tokens, redirectReceived } = await signIn(provider, { expectedUsername: ada.username })
  assert.equal(account.id, `${ada.oid}.${tenantId}`)
  assert.deepEqual([...account.scopes].sort(), ['Mail.Read', 'offline_access', 'openid', 'profile'])
  assert.ok(tokens.refreshToken)
  assert.match(redirectReceived, /^http:\/\/localhost:\d+\/Callback$/)
  assert.deepEqual(provider.events, ['grant.success authorization_code'])
  assert.deepEqual(provider.pageErrors, [])
})

test('oidc-provider signs our confidential client in with its secret, and refuses a wrong one', async (t) => {
  const provider = await judge(t)
  await signIn(provider, {
    client: { ...provider.confidential, credential: { kind: 'secret', secret: new Secret(provider.secret) } },
  })
  const wrong = signIn(provider, {
    client: { ...provider.confidential, credential: { kind: 'secret', secret: new Secret('wrong') } },
  })
  await assert.rejects(wrong, { code: 'signin/client-refused', recovery: 'fix-configuration' })
})

test('oidc-provider refuses the code when the challenge was another: our verifier is bound to our request', async (t) => {
  const provider = await judge(t)
  const other = whenAt('/auth', (url) =>
    url.searchParams.set('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'),
  )
  await assert.rejects(signIn(provider, { openUrl: async (url) => void (await browse(url, other)) }), {
    code: 'signin/code-refused',
  })
  assert.match(provider.events.join(), /grant\.error authorization_code invalid_grant/)
})

test('an ID token for another nonce is refused by us', async (t) => {
  const provider = await judge(t)
  const other = whenAt('/auth', (url) => url.searchParams.set('nonce', 'another-nonce'))
  await assert.rejects(signIn(provider, { openUrl: async (url) => void (await browse(url, other)) }), {
    code: 'signin/id-token-invalid',
  })
})

test('an answer for another state is ignored with 400, and the wait goes on to the right one', async (t) => {
  const provider = await judge(t)
  const ignored: string[] = []
  const other = whenAt('/auth', (url) => url.searchParams.set('state', 'another-state'))
  const { account } = await signIn(provider, {
    onWaiting: (event) => event.kind === 'ignored-request' && ignored.push(`${event.why} ${event.status}`),
    async openUrl(url) {
      assert.equal(await browse(url, other), 400)
      assert.equal(await browse(url), 200)
    },
  })
  assert.equal(account.oid, ada.oid)
  assert.deepEqual(ignored, ['wrong-state 400'])
})

test('RFC 9207: a wrong iss in the redirect is refused, and so is none where the server announces it', async (t) => {
  const provider = await judge(t)
  for (const change of [
    (url: URL) => url.searchParams.set('iss', 'https://evil.example'),
    (url: URL) => url.searchParams.delete('iss'),
  ]) {
    const altered = signIn(provider, {
      openUrl: async (url) =>
        void (await browse(
          url,
          whenAt('/Callback', (at) => at.searchParams.has('code') && change(at)),
        )),
    })
    await assert.rejects(altered, { code: 'signin/issuer-mismatch' })
  }
  assert.deepEqual(provider.events, [], 'no code was sent')
})

test('a redirect URI whose path differs in case stays on the provider’s page; we wait, hint and time out', async (t) => {
  const provider = await judge(t)
  const kinds: string[] = []
  const waiting = signIn(provider, {
    client: { ...provider.publicClient, redirectUri: 'http://localhost/callback' },
    hintAfterMs: 1,
    timeoutMs: 1_500,
    onWaiting: (event) => kinds.push(event.kind),
  })
  await assert.rejects(waiting, { code: 'signin/timed-out' })
  assert.deepEqual(kinds, ['listening', 'page-error-hint'])
  assert.match(provider.pageErrors.join(), /redirect_uri/)
})

test('each refresh takes the newest token: the provider, which revokes on reuse, never objects', async (t) => {
  const provider = await judge(t)
  const { home, id, vault } = keep(t, await signIn(provider))
  const source = createTokenSource(vault, id)
  const seen = new Set<string>()
  for (let round = 0; round < 5; round++)
    seen.add((await source.getToken({ forceRefresh: true })).token.reveal())
  assert.equal(seen.size, 5)
  assert.deepEqual(provider.events.slice(1), Array(5).fill('grant.success refresh_token'))
  assert.ok(home)
})

test('a refresh token used twice is revoked with its family, and we say: sign in again', async (t) => {
  const provider = await judge(t)
  const { account, tokens } = await signIn(provider)
  assert.ok(tokens.refreshToken)
  const { tokens: next } = await refreshAccount({ account, refreshToken: tokens.refreshToken })
  await assert.rejects(refreshAccount({ account, refreshToken: tokens.refreshToken }), {
    code: 'signin/refresh-refused',
    recovery: 'sign-in-again',
  })
  assert.ok(next.refreshToken)
  await assert.rejects(refreshAccount({ account, refreshToken: next.refreshToken }), {
    code: 'signin/refresh-refused',
  })
  assert.ok(provider.events.includes('grant.revoked'))
})

test('six processes at once send one refresh: reuse would have cost the account', async (t) => {
  const provider = await judge(t)
  const { home } = keep(t, await signIn(provider), { expired: true })
  const file = fileURLToPath(new URL('../../src/signin/refresh-worker.fixture.ts', import.meta.url))
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, [file, home], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  t.after(() => children.forEach((child) => child.kill('SIGKILL')))
  const outputs = children.map((child) => createInterface({ input: child.stdout })[Symbol.asyncIterator]())
  for (const lines of outputs) await lines.next()
  children.forEach((child) => child.stdin.write('go\n'))
  const results = await Promise.all(
    outputs.map(
      async (lines) => JSON.parse(String((await lines.next()).value)) as { token?: string; code?: string },
    ),
  )
  assert.deepEqual(
    results.filter(({ code }) => code),
    [],
  )
  assert.ok(!provider.events.includes('grant.revoked'), provider.events.join())
  const refreshes = provider.events.filter((event) => event === 'grant.success refresh_token').length
  assert.equal(refreshes, 1)
  assert.equal(new Set(results.map(({ token }) => token)).size, 1)
})

function keep(
  t: TestContext,
  signedIn: SignedIn,
  how: { expired?: boolean } = {},
): { home: string; id: string; vault: ReturnType<typeof openVault> } {
  const home = mkdtempSync(join(tmpdir(), 'letterlock-oidc-'))
  const vault = openVault(home, { keychain: 'off' })
  vault.save(
    how.expired
      ? { ...signedIn, tokens: { ...signedIn.tokens, expiresAtMs: signedIn.tokens.obtainedAtMs } }
      : signedIn,
  )
  t.after(() => {
    vault.close()
    rmSync(home, { recursive: true, force: true })
  })
  return { home, id: signedIn.account.id, vault }
}

test('a refresh token given back (RFC 7009) is of no use any more', async (t) => {
  const provider = await judge(t)
  const { account, tokens } = await signIn(provider)
  const stored = { account, tokens, version: 1 }
  assert.equal(await revokeRefreshToken(stored), true)
  await assert.rejects(refreshAccount({ account, refreshToken: tokens.refreshToken! }), {
    code: 'signin/refresh-refused',
  })
})

test('oidc-provider accepts our certificate’s assertion: PS256, for its token endpoint, once each', async (t) => {
  const provider = await judge(t)
  const signedIn = await signIn(provider, { client: provider.withCertificate })
  assert.ok(signedIn.tokens.refreshToken)
  const { account, tokens, credential } = signedIn
  const next = await refreshAccount({ account, refreshToken: tokens.refreshToken!, credential: credential! })
  assert.notEqual(next.tokens.accessToken.reveal(), tokens.accessToken.reveal())
})
