import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GraphError } from '../graph/index.ts'
import { RegistrationError } from '../registration/index.ts'
import { SignInError } from '../signin/index.ts'
import { CliError } from './cli-error.ts'
import { tellError } from './report-error.ts'

test('each way out has its exit code', () => {
  const code = (error: unknown): number => tellError(error).exitCode
  assert.equal(code(new SignInError('signin/refresh-refused', 'x')), 3)
  assert.equal(code(new SignInError('signin/timed-out', 'x')), 3)
  assert.equal(code(new SignInError('signin/consent-missing', 'x')), 4)
  assert.equal(code(new RegistrationError('registration/not-allowed', 'x')), 4)
  assert.equal(code(new GraphError('graph/throttled', 'x')), 5)
  assert.equal(code(new GraphError('graph/bad-request', 'x')), 1)
  assert.equal(code(new CliError('cli/usage', 'x')), 2)
  assert.equal(code(new TypeError('x')), 1)
})

test('"sign in again" is told as the command to type', () => {
  assert.equal(
    tellError(new SignInError('signin/refresh-refused', 'x', { fix: 'Sign in again.' })).fix,
    'letterlock login',
  )
})

test('an error without a fix of its own takes that of its AADSTS number', () => {
  const told = tellError(new SignInError('signin/client-refused', 'x', { entraCode: 700016 }))
  assert.match(told.fix, /\S/)
  assert.equal(told.ids['error'], 'AADSTS700016')
})

test('ids are told, in the server’s words', () => {
  const told = tellError(
    new GraphError('graph/unavailable', 'x', { status: 503, requestId: 'r1', clientRequestId: 'c1' }),
  )
  assert.deepEqual(told.ids, { status: '503', requestId: 'r1', correlationId: 'c1' })
})

test('a page that refused while the command walked it is told instead of the browser', () => {
  const cause = new CliError('cli/page-refused', 'the page refused', { entraCode: 50105 })
  assert.equal(
    tellError(new SignInError('signin/browser-not-opened', 'x', { cause })).code,
    'cli/page-refused',
  )
})

test('an unknown error shows its message on one line, without a stack or escapes', () => {
  const told = tellError(new Error('broke\n    at file.ts:1\u001b[31m'))
  assert.equal(told.code, 'cli/unexpected')
  assert.ok(!told.message.includes('\n') && !told.message.includes('\u001b'))
})
