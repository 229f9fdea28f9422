import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { type PasteRefusal, signInByPaste } from './index.ts'
import { readPastedAddress } from './sign-in-by-paste.ts'
import { publicClientOf, startTokenServer } from './token-server.fixture.ts'

async function start(t: TestContext, redirectUri = 'http://localhost:9999/Callback') {
  const server = await startTokenServer()
  t.after(() => server.close())
  const client = publicClientOf(server, redirectUri)
  let failedOn = ''
  const browser = {
    client,
    onUrl: (url: string) => {
      failedOn = url
    },
    /** Where a browser ends that cannot reach this machine. */
    ends: async (): Promise<string> =>
      (await fetch(failedOn, { redirect: 'manual' })).headers.get('location') ?? '',
  }
  return { server, client, browser }
}

test('the address the browser failed on, pasted, signs the account in; nothing listens', async (t) => {
  const { browser, server } = await start(t)
  const signedIn = await signInByPaste({ ...browser, readAddress: () => browser.ends() })
  assert.equal(signedIn.account.signedInBy, 'paste')
  assert.equal(signedIn.redirectReceived, 'http://localhost:9999/Callback')
  assert.equal(server.requests[0]?.get('redirect_uri'), 'http://localhost:9999/Callback')
})

test('an address of another sign-in, a forged state and nonsense are refused, and the right one still serves', async (t) => {
  const { browser } = await start(t)
  const refused: PasteRefusal[] = []
  const wrong = [
    'hello',
    'https://evil.example/Callback?code=c&state=s',
    'http://localhost:9999/callback?code=c&state=s',
    'http://localhost:9999/Callback?code=c&state=forged',
    'http://localhost:9999/Callback?code=c',
    'http://localhost:9999/Callback?code=c&code=d',
  ]
  const signedIn = await signInByPaste({
    ...browser,
    readAddress: async () => wrong.shift() ?? `  "${await browser.ends()}"  `,
    onRefused: (why) => refused.push(why),
  })
  assert.ok(signedIn.tokens.refreshToken)
  assert.deepEqual(refused, [
    'not-an-address',
    'other-address',
    'other-address',
    'wrong-state',
    'wrong-state',
    'repeated-parameter',
  ])
})

test('an error that was pasted ends the sign-in by its name; giving up ends it too', async (t) => {
  const { browser } = await start(t)
  const declined = async (): Promise<string> => {
    const url = new URL(await browser.ends())
    return `http://localhost/Callback?error=access_denied&state=${url.searchParams.get('state')}`
  }
  await assert.rejects(signInByPaste({ ...browser, readAddress: declined }), { code: 'signin/declined' })
  await assert.rejects(signInByPaste({ ...browser, readAddress: async () => undefined }), {
    code: 'signin/pasted-address-refused',
    recovery: 'sign-in-again',
  })
})

test('a pasted address is compared in scheme, host, path with its case, and state; not in its port', () => {
  const expected = { redirectUri: 'http://localhost/Signed/In', state: 's' }
  const read = (text: string): unknown => readPastedAddress(text, expected)
  assert.ok(read('http://localhost:61234/Signed/In?code=c&state=s') instanceof URLSearchParams)
  assert.equal(read('http://localhost/signed/in?code=c&state=s'), 'other-address')
  assert.equal(read('http://127.0.0.1/Signed/In?code=c&state=s'), 'other-address')
  assert.equal(read('https://localhost/Signed/In?code=c&state=s'), 'other-address')
  assert.equal(read('http://localhost/Signed/In?state=s'), 'no-code')
})
