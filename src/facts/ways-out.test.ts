// Each explained error has one way out, and each way is a command or a place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entraErrors } from './entra-errors.ts'
import { graphErrors } from './graph-errors.ts'
import { allWays, wayOutOfEntra, wayOutOfGraph } from './ways-out.ts'

test('every explained error of Entra and of Graph has a way out', () => {
  assert.deepEqual(
    [...entraErrors.keys()].filter((code) => !wayOutOfEntra(code)),
    [],
  )
  assert.deepEqual(
    [...graphErrors.keys()].filter((code) => !wayOutOfGraph(code)),
    [],
  )
  assert.equal(wayOutOfEntra(99_999), undefined)
  assert.equal(wayOutOfGraph('toString'), undefined)
})

test('a way is a command or a place, never both and never neither', () => {
  for (const way of allWays) assert.notEqual(way.command === undefined, way.place === undefined, way.name)
})

test('who must act is who can: a place in an admin center is not named for what the person does alone', () => {
  for (const [code, fact] of entraErrors) {
    const way = wayOutOfEntra(code)!
    if (way.command === 'letterlock login') assert.equal(fact.who, 'you', String(code))
    if (way.name === 'policy' || way.name === 'consent' || way.name === 'assign')
      assert.equal(fact.who, 'administrator', String(code))
  }
})
