import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { seedScopes } from '../src/facts/scopes.ts'
import { lintSpec, permissionsFor, readAppFile, readFlowNeeds } from '../src/registration/index.ts'

const spec = readAppFile(fileURLToPath(new URL('letterlock.app.yaml', import.meta.url)))
const invoices = readFlowNeeds(fileURLToPath(new URL('invoices.flow.ts', import.meta.url)))

test('the app file asks for exactly what the invoices flow needs, which is the seed’s six', () => {
  assert.deepEqual(spec.permissions, permissionsFor([invoices]))
  assert.deepEqual(spec.permissions, [...seedScopes])
})

test('the app file admits the account that the flow signs in as, and nobody else', () => {
  assert.deepEqual(spec.assigned, [invoices.account])
  assert.ok(spec.assignmentRequired)
})

test('nothing is to be said against the app file', () => {
  assert.deepEqual(lintSpec(spec), [])
})
