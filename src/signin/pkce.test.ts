import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { challengeFor, createPkcePair } from './pkce.ts'

test('the challenge matches RFC 7636 Appendix B', async () => {
  const challenge = await challengeFor('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')
  assert.equal(challenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
})

test('a verifier is 43 unreserved characters and never comes twice', async () => {
  const pairs = await Promise.all(Array.from({ length: 100 }, createPkcePair))
  for (const { verifier, challenge } of pairs) {
    assert.match(verifier.reveal(), /^[A-Za-z0-9_-]{43}$/)
    assert.equal(challenge, await challengeFor(verifier.reveal()))
  }
  assert.equal(new Set(pairs.map(({ verifier }) => verifier.reveal())).size, 100)
})

test('a secret shows itself in no print, template, JSON or inspection', async () => {
  const pair = await createPkcePair()
  const shown = [
    `${pair.verifier}`,
    JSON.stringify(pair),
    inspect(pair, { showHidden: true, depth: 9 }),
    String(pair.verifier),
    '' + pair.verifier,
  ]
  for (const text of shown) {
    assert.ok(text.includes('[secret]'))
    assert.ok(!text.includes(pair.verifier.reveal()))
  }
})
