// The short forms of `npm run chaos -- refresh` and `-- stampede`: the same code, fewer kills, fewer processes, no peer.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Report } from '../report.ts'
import { chaosRefresh } from './refresh.ts'
import { chaosStampede } from './stampede.ts'

function told(t: TestContext, report: Report): void {
  for (const [name, count] of Object.entries(report.counts)) t.diagnostic(`${name}: ${count}`)
  assert.equal(report.ok, true, JSON.stringify(report.counts, null, 2))
}

test('ten kills of the refresher under each rule lose nothing unnamed, tear nothing and block nobody', async (t) => {
  told(t, await chaosRefresh({ kills: 10, log: (line) => t.diagnostic(line) }))
})

test('twenty processes at once with one expired token send one request, and none fails', async (t) => {
  told(t, await chaosStampede({ processes: 20, peer: false, log: (line) => t.diagnostic(line) }))
})
