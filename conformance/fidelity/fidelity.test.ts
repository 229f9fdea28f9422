import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { entraErrors } from '../../src/facts/entra-errors.ts'
import { readAnswerable } from './answerable.ts'
import { readPage, renderPage } from './page.ts'
import { chooseProofs, isThere } from './proofs.ts'
import { unprovokable } from './unprovokable.ts'

const page = readFileSync(new URL('../../docs/fidelity.md', import.meta.url), 'utf8')
const again = 'run the tests of what you changed, then: npm run fidelity'

test('docs/fidelity.md lists what the tenant serves and answers now', async () => {
  const now = renderPage(await readAnswerable(), readPage(page)).split('\n')
  const held = page.split('\n')
  const differing = [...new Set(now).symmetricDifference(new Set(held))]
  assert.ok(now.join('\n') === page, `${again}. Lines that differ:\n${differing.slice(0, 20).join('\n')}`)
})

test('every test that docs/fidelity.md names exists', () => {
  const gone = [...readPage(page).values()].filter((proof) => !isThere(proof))
  assert.deepEqual(gone, [], again)
})

test('every number of the facts is answered by the tenant, or says why a client cannot provoke it', async () => {
  const { aadsts } = await readAnswerable()
  const unexplained = [...entraErrors.keys()].filter((code) => !aadsts.includes(code) && !unprovokable[code])
  assert.deepEqual(unexplained, [])
  const both = aadsts.filter((code) => unprovokable[code])
  assert.deepEqual(both, [], 'answered after all')
})

test('a test that is gone proves nothing, a call that failed neither, and the narrowest test is named', async () => {
  const answerable = {
    routes: [
      { method: 'GET', path: '/users/:id' },
      { method: 'GET', path: '/users/$count' },
    ],
    aadsts: [],
    graphErrors: [],
    notModelled: [],
  }
  const saw = (title: string, what: string) => ({ file: 'a.test.ts', title, kind: 'call' as const, what })
  const chosen = chooseProofs(
    answerable,
    [
      saw('much', 'GET /v1.0/users/1 200'),
      saw('much', 'GET /v1.0/users/2 200'),
      saw('little', 'GET /beta/users/3 200'),
      saw('counts', 'GET /v1.0/users/$count 200'),
      saw('failed', 'GET /v1.0/users/4 404'),
    ],
    new Map(),
  )
  assert.deepEqual(
    [...chosen].map(([key, { title }]) => [key, title]),
    [
      ['GET /users/:id', 'little'],
      ['GET /users/$count', 'counts'],
    ],
  )
  assert.equal(isThere({ file: 'conformance/fidelity/fidelity.test.ts', title: 'no such title' }), false)
  assert.equal(isThere({ file: 'conformance/gone.test.ts', title: 'x' }), false)
})
