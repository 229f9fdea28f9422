// The OpenAPI file says what the control API does: made from its table, judged by others, tried on a running tenant.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { startTenant, type Tenant } from '../src/tenant/index.ts'
import type { Example, Operation } from '../src/tenant/control/operation.ts'
import { operations } from '../src/tenant/control/operations.ts'
import { controlApiFile, controlApiText } from './make-control-api.ts'

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>>
  readonly components: object
}
const written = readFileSync(controlApiFile, 'utf8')
const document = JSON.parse(written) as OpenApi
let tenant: Tenant
before(async () => {
  tenant = await startTenant()
})
after(() => tenant.close())

test('the file is what its generator makes (node scripts/launch.cjs scripts/make-control-api.ts)', () => {
  assert.equal(written, controlApiText())
})

test('an OpenAPI validator that is not ours finds it right', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(JSON.parse(written) as Record<string, unknown>)
  assert.ok(valid, JSON.stringify(errors))
  assert.equal(validator.version, '3.1')
})

test('every route of the control API that is mounted is in the file, and the reverse', () => {
  const mounted = tenant
    .routes()
    .filter(({ path }) => path.startsWith('/_letterlock/'))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  const said = Object.entries(document.paths).flatMap(([path, calls]) =>
    Object.keys(calls).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.ok(said.length > 30)
  assert.deepEqual(said.toSorted(), mounted.toSorted())
})

test('every example is answered as the file says, by a validator that is not ours', async (t) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'file')
  const fits = (name: string, value: unknown, what: string): void => {
    const check = ajv.getSchema(`file#/components/schemas/${name}`)!
    assert.ok(check(value), `${what}: ${ajv.errorsText(check.errors)}`)
  }
  let tried = 0
  for (const one of operations.filter(({ id }) => id !== 'shutDown'))
    for (const example of one.examples) {
      const reply = await ask(one, example)
      const text = await reply.text()
      assert.equal(reply.status, one.status, `${one.id}: ${text.slice(0, 300)}`)
      if (typeof one.answer === 'string') fits(one.answer, JSON.parse(text), one.id)
      else if (one.answer.line)
        for (const line of text.split('\n').filter(Boolean)) fits(one.answer.line, JSON.parse(line), one.id)
      tried++
    }
  t.diagnostic(`${tried} examples of ${operations.length} operations`)
  const refused = await fetch(`${tenant.origin}/_letterlock/status`)
  fits('Problem', await refused.json(), 'a refusal')
})

test('a value that the file does not allow is refused, and never repeated: it may be a password', async () => {
  const create = operations.find(({ id }) => id === 'createUser')!
  const userPrincipalName = 'p@contoso.example'
  for (const wrong of [
    { password: { deep: 'marked' } },
    { password: 'marked'.repeat(100) },
    { nonsense: 'marked' },
  ]) {
    const reply = await ask(create, { body: { userPrincipalName, ...wrong } })
    assert.equal(reply.status, 400)
    const text = await reply.text()
    assert.match(text, /control\/invalid/)
    assert.doesNotMatch(text, /marked/)
  }
  const list = operations.find(({ id }) => id === 'listSignIns')!
  const wrongs: Record<string, string>[] = [{ after: 'x' }, { limit: '-1' }, { nonsense: '1' }]
  for (const query of wrongs) assert.equal((await ask(list, { query })).status, 400, JSON.stringify(query))
})

function ask(one: Operation, example: Example): Promise<Response> {
  const [method, path] = one.call.split(' ') as [string, string]
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(example.path![name]!))
  const query = new URLSearchParams(example.query).toString()
  const body = one.media
    ? 'From: a@b.example\r\nTo: ada@contoso.example\r\nSubject: Hello\r\nMessage-ID: <1@b.example>\r\n\r\nHello\r\n'
    : one.body && JSON.stringify(example.body ?? {})
  return fetch(`${tenant.origin}/_letterlock${filled}${query && `?${query}`}`, {
    method,
    headers: {
      authorization: `Bearer ${tenant.controlToken}`,
      ...(body ? { 'content-type': one.media?.[0] ?? 'application/json' } : {}),
    },
    ...(body ? { body } : {}),
  })
}
