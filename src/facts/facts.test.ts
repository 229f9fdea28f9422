import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from './clock.ts'
import { clouds, parseCloud } from './clouds.ts'
import { entraErrors, explainEntraCode, recoveryForOAuthError } from './entra-errors.ts'
import { FactsError } from './facts-error.ts'
import { wellKnownFolderFor } from './folders.ts'
import { findGraphError, graphErrors } from './graph-errors.ts'
import {
  findPermission,
  graphPermissions,
  permissionById,
  seedScopes,
  userConsentBlocked,
} from './permissions.ts'

// The GUIDs are those of Microsoft's "Microsoft Graph permissions reference" (entra.md §8.2).
test('the seed’s six permissions have the GUIDs of Microsoft’s reference', () => {
  const published = {
    offline_access: '7427e0e9-2fba-42fe-b0c0-848c9e6a8182',
    openid: '37f7f235-527c-4136-accd-4a02d197296e',
    profile: '14dad69e-099b-42c9-810b-d002981feec1',
    'User.Read': 'e1fe6dd8-ba31-4d61-89e7-88639da4683d',
    'Mail.ReadWrite': '024d486e-b451-40bb-833d-3e66d98c5c73',
    'Mail.Send': 'e383f46e-2787-4529-855e-0e479a3ffac0',
  }
  assert.deepEqual(Object.keys(published), [...seedScopes])
  for (const [value, id] of Object.entries(published)) {
    assert.equal(findPermission(value)?.id, id)
    assert.equal(permissionById(id.toUpperCase())?.value, value)
  }
  assert.equal(findPermission('mail.read', 'application')?.id, '810c84a8-4a9e-49e6-bf7d-12d183f40d01')
})

test('every permission row is whole and its id is its own', () => {
  const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  for (const permission of graphPermissions) {
    assert.match(permission.id, guid)
    assert.ok(permission.value && permission.adminDisplayName && permission.userDisplayName, permission.value)
    if (permission.kind === 'application') assert.ok(permission.adminConsentRequired, permission.value)
  }
  assert.ok(graphPermissions.length > 1_000)
  assert.equal(new Set(graphPermissions.map((one) => `${one.kind} ${one.id}`)).size, graphPermissions.length)
})

test('users may send mail on their own consent, and may not read it', () => {
  assert.ok(userConsentBlocked.has('Mail.ReadWrite'))
  for (const allowed of ['Mail.Send', 'Mail.Send.Shared', 'User.Read', 'offline_access', 'Contacts.Read']) {
    assert.ok(!userConsentBlocked.has(allowed), allowed)
  }
  for (const value of userConsentBlocked) assert.ok(findPermission(value), value)
})

// entra.md §6, all codes of the first column.
const catalogue = `16000 28002 28003 50000 50001 500011 50011 500113 50013 500133 50020 50034 50049 50053 50055 50057
50058 50059 90019 50072 50074 50076 50078 50079 50097 50155 50187 50105 50126 50131 53011 50140 50199 50147 501491
501481 50173 50194 50196 500014 53000 53001 53003 530003 530032 530035 54005 65001 65004 65005 650052 650053 650056
650057 650059 70000 70001 7000112 700005 700016 700025 7000215 7000218 7000222 700054 70005 70007 70008 700082 700084
70011 70016 70018 70019 70020 70043 75011 81010 90002 90004 90013 90023 9002313 900023 9002325 9002326 9002327 90006
90012 90024 90033 90090 90008 90009 90014 900144 90020 90038 900382 900432 90055 90072 90094 90095 9001023 901002
9010010 1002016 135010 399284`

test('every code of the catalogue is explained in one meaning and one fix', () => {
  for (const code of catalogue.split(/\s+/)) {
    const fact = explainEntraCode(code)
    assert.ok(fact, code)
    assert.equal(fact, explainEntraCode(`AADSTS${code}: text\r\nTrace ID: 1`))
    assert.match(fact.meaning, /\.$/)
    assert.match(fact.fix, /^[A-Z].*\.$/)
    assert.equal(fact.who, fact.recovery === 'ask-admin' ? 'administrator' : 'you')
  }
  assert.equal(new Set([...entraErrors.values()].map((fact) => fact.code)).size, entraErrors.size)
})

test('a number is found in what a person pastes, and nothing is found in other text', () => {
  assert.equal(explainEntraCode('sorry, but … aadsts50105: Your administrator')?.code, 50105)
  assert.equal(explainEntraCode(' 50011 ')?.code, 50011)
  for (const other of ['', 'help', 'AADSTS', 'AADSTS1', 'order 50011 of May', '50011x', '99999']) {
    assert.equal(explainEntraCode(other), undefined, other)
  }
})

test('an unknown number falls back on the protocol’s own error', () => {
  assert.equal(recoveryForOAuthError('invalid_grant'), 'sign-in-again')
  assert.equal(recoveryForOAuthError('temporarily_unavailable'), 'retry')
  assert.equal(recoveryForOAuthError('unsupported_grant_type'), 'fix-configuration')
  assert.equal(recoveryForOAuthError('toString'), 'report')
})

test('Graph’s codes are found in any letter case', () => {
  assert.equal(findGraphError('errorItemNotFound')?.code, 'ErrorItemNotFound')
  assert.equal(findGraphError('applicationthrottled')?.recovery, 'retry')
  assert.equal(findGraphError('nonsense'), undefined)
  for (const fact of graphErrors.values()) assert.match(fact.fix, /\.$/)
})

test('the four clouds are clouds that could be given in a file', () => {
  for (const cloud of Object.values(clouds)) assert.deepEqual(parseCloud({ ...cloud }), cloud)
})

test('a cloud may use http on this machine only', () => {
  const local = parseCloud({ authority: 'http://127.0.0.1:4366/', graph: 'http://localhost:4366' })
  assert.deepEqual([local.authority, local.graph], ['http://127.0.0.1:4366', 'http://localhost:4366'])
  const good = 'https://login.example'
  const bad: unknown[] = [
    null, [], 'x', {}, { authority: good }, { authority: 'http://login.example', graph: good },
    { authority: 'http://127.0.0.1.evil.example', graph: good }, { authority: good, graph: `${good}/v1.0` },
    { authority: good, graph: 'https://u:p@graph.example' }, { authority: good, graph: 'file:///etc' },
    { authority: good, graph: good, name: 3 }, { authority: good, graph: good, portal: 'javascript:1' },
  ] // prettier-ignore
  for (const one of bad) assert.throws(() => parseCloud(one), FactsError, JSON.stringify(one))
})

test('a well-known folder is found by its name on the wire and on the screen', () => {
  assert.equal(wellKnownFolderFor('Deleted Items'), 'deleteditems')
  assert.equal(wellKnownFolderFor('INBOX'), 'inbox')
  assert.equal(wellKnownFolderFor('Booked'), undefined)
})

test('a sleep ends at once when its signal is aborted', async () => {
  const stop = new AbortController()
  const sleeping = systemClock.sleep(60_000, stop.signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(sleeping, /stopped/)
  await assert.rejects(systemClock.sleep(60_000, stop.signal), /stopped/)
  await systemClock.sleep(0)
})
