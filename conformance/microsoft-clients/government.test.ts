// msal-node, unmodified, in the cloud GCC High: told that cloud's authority and Graph, as an application there is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGovernmentLab } from './lab.ts'

test('msal-node signs in, by device code and as an application, at the authority of GCC High', async (t) => {
  const lab = await startGovernmentLab()
  t.after(() => lab.close())
  const outcomes = await lab.run('msal-node', ['interactive', 'refresh', 'device code', 'client secret'])
  for (const [name, outcome] of Object.entries(outcomes)) {
    assert.ok(outcome.ok, `${name}: ${JSON.stringify(outcome)}`)
    const [, claims] = outcome.found.tokens!['access']!.split('.')
    const { aud } = JSON.parse(Buffer.from(claims!, 'base64url').toString()) as { aud: string }
    assert.equal(aud, 'https://graph.microsoft.us', name)
  }
  assert.equal(Object.keys(outcomes).length, 4)
  const { found } = outcomes['interactive'] as { found: Record<string, unknown> }
  assert.equal(found['environment'], 'login.microsoftonline.us', 'the alias for caches of that cloud')
  const device = outcomes['device code'] as { found: Record<string, unknown> }
  assert.match(String(device.found['message']), /https:\/\/microsoft\.com\/deviceloginus /)
})
