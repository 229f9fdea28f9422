import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGate } from './gate.ts'

test('what must be alone waits for those inside, and those who come wait for it', async () => {
  const gate = openGate()
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  const early = gate.enter(async () => {
    await first.promise
    order.push('early')
  })
  const alone = gate.enter(() => gate.alone(() => order.push('alone'), { waitMs: 60_000 }))
  const late = gate.enter(async () => order.push('late'))
  first.resolve()
  await Promise.all([early, alone, late])
  assert.deepEqual(order, ['early', 'alone', 'late'])
})

test('what must be alone gives up when somebody stays, and the gate is open again', async () => {
  const gate = openGate()
  const stay = Promise.withResolvers<void>()
  const staying = gate.enter(() => stay.promise)
  await assert.rejects(
    gate.enter(() => gate.alone(() => undefined, { waitMs: 1 })),
    /did not end/,
  )
  assert.equal(await gate.enter(async () => 'open'), 'open')
  stay.resolve()
  await staying
  assert.equal(await gate.enter(() => gate.alone(() => 'alone', { waitMs: 1 })), 'alone')
})
