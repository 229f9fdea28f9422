import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzTenant } from './tenant.ts'

test('malformed requests to every route and bytes to every port get no 5xx but the named 501, and none hangs', async (t) => {
  const report = await fuzzTenant({ seconds: 60, seed: 4365, maxRequests: 2_500 })
  for (const [name, count] of Object.entries(report.counts)) t.diagnostic(`${name}: ${count}`)
  assert.equal(report.ok, true, JSON.stringify(report.counts))
  assert.ok(report.counts['requests to the endpoint asked least']! > 0)
})
