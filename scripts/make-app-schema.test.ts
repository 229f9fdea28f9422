import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { appSchemaFile, appSchemaText } from './make-app-schema.ts'

test('the schema that editors read is that of the program: run scripts/make-app-schema.ts', () => {
  assert.equal(readFileSync(appSchemaFile, 'utf8'), appSchemaText())
})

test('the schema names every key, refuses others, and knows the permissions by name', () => {
  const schema = JSON.parse(appSchemaText())
  assert.equal(schema.additionalProperties, false)
  assert.deepEqual(schema.required, ['name', 'permissions'])
  for (const [key, one] of Object.entries<{ description?: string }>(schema.properties))
    assert.match(one.description ?? '', /\.$/, key)
  assert.ok(schema.properties.permissions.items.enum.includes('Mail.ReadWrite'))
  assert.ok(!schema.properties.permissions.items.enum.includes('Mail.ReadWrite.All'))
})

test('the example names the schema that lies beside the docs', () => {
  const example = new URL('../examples/letterlock.app.yaml', import.meta.url)
  const [, path] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(example, 'utf8')) ?? []
  assert.equal(new URL(path!, example).href, appSchemaFile.href)
})

test('a validator of JSON Schema takes the example, and refuses what the program refuses', () => {
  const judge = new Ajv({ strict: false }).compile(JSON.parse(appSchemaText()))
  const example = readFileSync(new URL('../examples/letterlock.app.yaml', import.meta.url), 'utf8')
  assert.ok(judge(parse(example)), JSON.stringify(judge.errors))
  const name = 'B'
  for (const wrong of [
    { name },
    { name, permissions: ['Mail.Sned'] },
    { name, permissions: [], secret: 'x' },
    { name, permissions: [], clientId: 'x' },
    { name, permissions: [], client: 'both' },
    { name, permissions: [], redirectUris: { desktop: [] } },
  ])
    assert.ok(!judge(wrong), JSON.stringify(wrong))
})
