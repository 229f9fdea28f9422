// The short form of `npm run chaos -- identity`: the same code, fewer kills.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chaosIdentity } from './identity.ts'

test('twelve kills of the tenant under load, and two in a first start, lose nothing acknowledged, undo no deletion and free no redeemed code', async (t) => {
  const report = await chaosIdentity({ kills: 12, log: (line) => t.diagnostic(line) })
  for (const [name, count] of Object.entries(report.counts)) t.diagnostic(`${name}: ${count}`)
  assert.equal(report.ok, true, JSON.stringify(report.counts, null, 2))
})
