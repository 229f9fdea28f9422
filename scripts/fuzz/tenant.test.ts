import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzTenant } from './tenant.ts'

test('two thousand malformed requests get no 5xx but the named 501, and none hangs', async () => {
  const report = await fuzzTenant({ seconds: 20, seed: 4365, maxRequests: 2_000 })
  assert.equal(report.ok, true, JSON.stringify(report.counts))
})
