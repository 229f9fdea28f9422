import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clouds } from '../facts/clouds.ts'
import { Secret } from '../signin/secret.ts'
import { answerCredential, readCredentialQuestion, resourceFor } from './git-credential.ts'

const question = (text: string) => readCredentialQuestion(text)

test('a question is read as git-credential(1) writes it, up to the empty line', () => {
  assert.deepEqual(
    question('protocol=https\nhost=Graph.Microsoft.com\nusername=ada@contoso.com\n\nhost=later\n'),
    {
      protocol: 'https',
      host: 'graph.microsoft.com',
      username: 'ada@contoso.com',
      takesBearer: false,
    },
  )
  assert.equal(question('url=https://graph.microsoft.com/v1.0/me\n').host, 'graph.microsoft.com')
  assert.equal(question('capability[]=authtype\nprotocol=https\nhost=x\n').takesBearer, true)
  for (const text of ['', 'hello', '=x\n', 'protocol=https\n'])
    assert.throws(() => question(text), { code: 'cli/usage' })
})

test('a token goes to the host of its resource, over https, and to no other', () => {
  const scopesFor = (text: string) => resourceFor(question(text), clouds.global)?.scopes
  assert.deepEqual(scopesFor('protocol=https\nhost=graph.microsoft.com\n'), [])
  assert.deepEqual(scopesFor('protocol=https\nhost=graph.microsoft.com:443\n'), [])
  assert.deepEqual(scopesFor('protocol=https\nhost=outlook.office365.com\n'), [
    'https://outlook.office365.com/.default',
  ])
  for (const other of [
    'protocol=http\nhost=graph.microsoft.com\n',
    'protocol=https\nhost=graph.microsoft.com.evil.example\n',
    'protocol=https\nhost=graph.microsoft.com:8443\n',
    'protocol=https\nhost=graph.microsoft.us\n',
    'protocol=https\nhost=github.com\n',
    'protocol=http\nhost=outlook.office365.com\n',
  ])
    assert.equal(scopesFor(other), undefined, other)
})

test('the answer is a bearer where the asker can, else user name and password, with its end', () => {
  const given = { token: new Secret('planted'), expiresAtMs: 1_800_000_000_500, username: 'ada@contoso.com' }
  assert.equal(
    answerCredential(question('protocol=https\nhost=h\n'), given),
    'protocol=https\nhost=h\nusername=ada@contoso.com\npassword=planted\npassword_expiry_utc=1800000000\n\n',
  )
  assert.match(
    answerCredential(question('capability[]=authtype\nprotocol=https\nhost=h\n'), given),
    /^protocol=https\nhost=h\ncapability\[\]=authtype\nauthtype=Bearer\ncredential=planted\nephemeral=1\n/,
  )
})
