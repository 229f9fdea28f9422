import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forecastSignIn, unforeseen } from './forecast.ts'
import { createTokenSource, openMemoryVault } from './index.ts'
import { exampleSignIn } from './vault/suite.ts'
import { startTokenServer } from './token-server.fixture.ts'

const day = 24 * 3_600_000
const account = {
  ...exampleSignIn().account,
  scopes: ['Mail.Read', 'offline_access'],
  signedInAtMs: 1_000,
  refreshTokenIssuedAtMs: 5_000,
}

test('an unused sign-in ends 90 days after its last refresh', () => {
  assert.deepEqual(
    forecastSignIn(account).map(({ kind, endsAtMs }) => [kind, endsAtMs]),
    [['unused', 5_000 + 90 * day]],
  )
})

test('a fixed life and a learned frequency come before it, the soonest first', () => {
  const limited = { ...account, refreshTokenEndsAtMs: 1_000 + day, learned: { signInFrequencyMs: 7 * day } }
  assert.deepEqual(
    forecastSignIn(limited).map(({ kind }) => kind),
    ['fixed-life', 'sign-in-frequency', 'unused'],
  )
})

test('a password change is named for public clients, whose tokens it ends, and not for confidential ones', () => {
  assert.match(unforeseen(account), /a new password/)
  assert.doesNotMatch(unforeseen({ ...account, clientKind: 'confidential' }), /password/)
  const application = { ...account, signedInBy: 'application' as const }
  assert.deepEqual(forecastSignIn(application), [])
  assert.match(unforeseen(application), /certificate/)
})

test('AADSTS70043 teaches the tenant’s sign-in frequency, and a new sign-in remembers it', async (t) => {
  const server = await startTokenServer()
  t.after(() => server.close())
  const vault = openMemoryVault()
  const kept = exampleSignIn()
  const signedInAtMs = Date.now() - 7 * day
  const here = { ...kept.account, cloud: server.cloud, clientKind: 'public' as const, signedInAtMs }
  const { credential: _, ...signedIn } = kept
  vault.save({ ...signedIn, account: here })
  const body = { error: 'invalid_grant', error_description: 'AADSTS70043: expired', error_codes: [70043] }
  server.refusals.push({ status: 400, body })
  await assert.rejects(createTokenSource(vault, here.id).getToken(), {
    entraCode: 70043,
    recovery: 'sign-in-again',
  })
  vault.save({ ...signedIn, account: { ...here, signedInAtMs: Date.now() } })
  const learned = vault.list()[0]?.learned?.signInFrequencyMs ?? 0
  assert.ok(Math.abs(learned - 7 * day) < 60_000)
})
