// The short form of `npm run chaos -- run`: the same code, fewer kills.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chaosRun } from './run.ts'

test('ten kills of the run and five of the tenant double nothing, lose nothing and leave nothing unnamed', async (t) => {
  const report = await chaosRun({ runKills: 10, tenantKills: 5, log: (line) => t.diagnostic(line) })
  for (const [name, count] of Object.entries(report.counts)) t.diagnostic(`${name}: ${count}`)
  assert.equal(report.ok, true, JSON.stringify(report.counts, null, 2))
})
