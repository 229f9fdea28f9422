// For each number: the tenant refuses, the way out that the doctor names is taken, the tenant accepts the next try.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { wayOutOfEntra } from '../../src/facts/ways-out.ts'
import { Browser, type People, redirectUri, startPeople } from '../../src/tenant/identity/person.fixture.ts'
import { certify, makeRight, withAssertion } from './assertion.ts'
import {
  asApplication,
  getCode,
  type Met,
  redeem,
  refresh,
  signIn,
  type Situation,
  situation,
  type SituationOptions,
} from './situation.ts'
import { addSecret, waysOut } from './ways.ts'

interface Case extends SituationOptions {
  /** Makes it wrong. */
  readonly given?: (s: Situation) => Promise<unknown> | void
  /** What is tried, before and after the fix. */
  readonly attempt: (s: Situation) => Promise<Met>
  readonly mend?: (s: Situation) => Promise<unknown> | void
}

const day = 86_400_000
const web = { web: { redirectUris: [redirectUri] }, publicClient: { redirectUris: [] } }
const spa = { spa: { redirectUris: [redirectUri] }, publicClient: { redirectUris: [] } }
const appRead = 'openid offline_access User.Read Mail.ReadWrite'

const setUser = (s: Situation, change: object) => s.people.control('PATCH', `users/${s.login}`, change)
const advance = (s: Situation, advanceMs: number) => s.people.control('POST', 'clock', { advanceMs })
const send = (change: Partial<Situation>) => (s: Situation) => void Object.assign(s, change)
const ask = (parameters: Situation['parameters']) => (s: Situation) => void (s.parameters = parameters)
const signedIn = async (s: Situation): Promise<void> => assert.equal(await signIn(s), undefined)
/** The person presses Cancel once, and accepts when asked again. */
async function declineOnce(s: Situation): Promise<Met> {
  if (s.code !== undefined) return redeem(s)
  const browser = new Browser(s.people.tenant.origin)
  await s.people.signIn(browser, s.people.authorize(s.clientId), s.login)
  const back = await browser.submit({ decision: 'cancel' })
  return Number(/^AADSTS(\d+)/.exec(back.redirect?.searchParams.get('error_description') ?? '')?.[1])
}
/** A silent request; once somebody signed in, with the page shown, there is a code. */
const silently = async (s: Situation): Promise<Met> =>
  s.code === undefined ? getCode({ ...s, parameters: { prompt: 'none' } }) : redeem(s)
const cases: Readonly<Record<number, Case>> = {
  50011: { given: (s) => send({ redirectUri: 'http://localhost:9999/callback' })(s), attempt: signIn },
  50105: {
    async given(s) {
      // Where assignment is required, users may not consent: an administrator did before.
      await waysOut['consent']!(s)
      await s.people.graph('PATCH', `/servicePrincipals/${s.app.principalId}`, {
        appRoleAssignmentRequired: true,
      })
    },
    attempt: signIn,
  },
  90094: { given: send({ scope: appRead }), attempt: signIn },
  65001: {
    async given(s) {
      await signedIn(s)
      s.scope = `${s.scope} Mail.Send`
    },
    attempt: (s) => refresh(s, { scope: s.scope! }),
  },
  65004: {
    given: send({ keeps: 'code' }),
    attempt: declineOnce,
  },
  700016: { given: send({ clientId: '11111111-2222-4333-8444-555555555555' }), attempt: signIn },
  90002: { given: send({ tenant: 'nobody.example' }), attempt: signIn },
  900023: { given: send({ tenant: 'no tenant' }), attempt: signIn },
  50194: { given: send({ tenant: 'common' }), attempt: signIn },
  7000112: {
    given: (s) =>
      s.people.graph('PATCH', `/servicePrincipals/${s.app.principalId}`, { accountEnabled: false }),
    attempt: signIn,
  },
  700025: { given: send({ credentials: { client_secret: 'planted' } }), attempt: signIn },
  7000218: { app: web, attempt: signIn },
  7000215: { app: web, given: send({ credentials: { client_secret: 'not-the-value' } }), attempt: signIn },
  7000222: {
    app: web,
    async given(s) {
      const { nowMs } = (await s.people.control('GET', 'clock')) as { nowMs: number }
      await addSecret(s, new Date(nowMs + 60_000).toISOString())
      await advance(s, 120_000)
    },
    attempt: signIn,
  },
  7000216: { given: send({ scope: undefined }), app: web, attempt: asApplication },
  1002012: {
    app: web,
    async given(s) {
      await waysOut['new-secret']!(s)
      s.scope = 'https://graph.microsoft.com/Mail.Read'
    },
    mend: send({ scope: 'https://graph.microsoft.com/.default' }),
    attempt: asApplication,
  },
  9002327: { app: spa, attempt: signIn },
  9002326: { given: send({ headers: { origin: 'http://localhost:9999' } }), attempt: signIn },
  70008: {
    async given(s) {
      s.keeps = 'code'
      await getCode(s)
      await advance(s, 11 * 60_000)
    },
    attempt: (s) => redeem(s),
  },
  54005: {
    async given(s) {
      s.keeps = 'code'
      await signedIn(s)
    },
    attempt: (s) => redeem(s),
  },
  501481: {
    async given(s) {
      s.keeps = 'code'
      // The code of another sign-in, whose verifier is another.
      s.parameters = { code_challenge: createHash('sha256').update('another').digest('base64url') }
      await getCode(s)
      s.parameters = {}
    },
    attempt: (s) => redeem(s),
  },
  700082: {
    async given(s) {
      await signedIn(s)
      await advance(s, 91 * day)
    },
    attempt: (s) => refresh(s),
  },
  50173: {
    async given(s) {
      await signedIn(s)
      await advance(s, 5_000)
      await s.people.control('POST', `users/${s.login}/revoke`, {})
      await advance(s, 5_000)
    },
    attempt: (s) => refresh(s),
  },
  50057: { user: { accountEnabled: false }, attempt: signIn },
  50055: { user: { passwordState: 'expired' }, attempt: signIn },
  50053: { user: { locked: true }, attempt: signIn },
  50076: {
    async given(s) {
      await signedIn(s)
      await setUser(s, { mfaRequired: true })
    },
    attempt: (s) => refresh(s),
  },
  50058: { given: send({ keeps: 'code' }), attempt: silently },
  650053: {
    given: send({ scope: 'openid Mail.Reed' }),
    mend: send({ scope: 'openid User.Read' }),
    attempt: signIn,
  },
  70011: {
    given: send({ scope: 'https://graph.microsoft.com/.default User.Read' }),
    mend: send({ scope: 'User.Read' }),
    attempt: signIn,
  },
  28003: {
    async given(s) {
      s.scope = 'openid offline_access User.Read'
      await signedIn(s)
      await getCode(s)
      s.scope = ''
    },
    mend: send({ scope: 'User.Read' }),
    attempt: (s) => redeem(s, { scope: s.scope! }),
  },
  900144: { given: ask({ response_type: undefined }), mend: ask({}), attempt: signIn },
  90102: {
    given: send({ redirectUri: '/Callback' }),
    mend: send({ redirectUri }),
    attempt: signIn,
  },
  70007: { given: ask({ response_mode: 'pigeon' }), mend: ask({}), attempt: signIn },
  501491: { given: ask({ code_challenge: 'short' }), mend: ask({}), attempt: signIn },
  700027: { app: web, given: (s) => certify(s, { registered: false }), attempt: withAssertion },
  700024: { app: web, given: (s) => certify(s, { lifeS: -900 }), mend: makeRight, attempt: withAssertion },
  700023: {
    app: web,
    given: (s) => certify(s, { audience: 'https://other.example' }),
    mend: makeRight,
    attempt: withAssertion,
  },
}

const movesClock = new Set([70008, 50173, 700082, 7000222])
let people: People
before(async () => {
  people = await startPeople()
  await people.control('PATCH', 'settings', { userConsent: 'microsoft-managed' })
})
after(() => people[Symbol.asyncDispose]())

let mended = 0
for (const [code, one] of Object.entries(cases)) {
  test(`AADSTS${code}: the way out that the doctor names is the one that helps`, async () => {
    // What moves the clock has a tenant of its own: the administrator's token of the shared one would expire.
    await using own = movesClock.has(Number(code)) ? await startPeople() : undefined
    const s = await situation(own ?? people, one)
    if (one.mend) s.mend = () => void one.mend!(s)
    await one.given?.(s)
    assert.equal(await one.attempt(s), Number(code), 'refused first')
    const way = wayOutOfEntra(Number(code))!
    const act = waysOut[way.name]
    assert.ok(act, `nobody here knows how to do "${way.name}"`)
    await act(s)
    assert.equal(await one.attempt(s), undefined, `accepted after "${way.name}"`)
    mended++
  })
}

test('at least twenty-five errors are mended by their way out', (t) => {
  t.diagnostic(`errors of Entra mended by the fix that the doctor names: ${mended}`)
  assert.ok(mended >= 25)
})
