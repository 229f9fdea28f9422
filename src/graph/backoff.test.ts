import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs, readRetryAfter } from './backoff.ts'
import { readClaimsChallenge } from './claims.ts'

test('Retry-After is read as whole seconds, fractions and dates', () => {
  assert.equal(readRetryAfter('2.128', 0), 2_128) // Microsoft's own sample
  assert.equal(readRetryAfter('10', 0), 10_000)
  assert.equal(readRetryAfter('Fri, 31 Dec 1999 23:59:59 GMT', 946_684_790_000), 9_000)
  assert.equal(readRetryAfter('Fri, 31 Dec 1999 23:59:59 GMT', 946_684_890_000), 0)
  for (const unreadable of [null, '', 'soon', '-5', '1e9', 'NaN'])
    assert.equal(readRetryAfter(unreadable, 0), undefined)
})

test('backoff stays under a bound that doubles up to twenty seconds', () => {
  assert.equal(
    backoffMs(0, () => 0.999),
    249,
  )
  assert.equal(
    backoffMs(3, () => 0.5),
    1_000,
  )
  assert.equal(
    backoffMs(50, () => 0.999_999),
    19_999,
  )
  assert.equal(
    backoffMs(50, () => 0),
    0,
  )
})

test('a claims challenge is decoded, and anything else is none', () => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
  const header = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
  assert.equal(readClaimsChallenge(header), claims)
  assert.equal(readClaimsChallenge('Bearer error="invalid_token"'), undefined)
  assert.equal(readClaimsChallenge('Bearer error="insufficient_claims", claims="bm9uc2Vuc2U="'), undefined)
  assert.equal(readClaimsChallenge(null), undefined)
})
