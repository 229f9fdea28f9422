// The local tenant judges: it was written from Microsoft's pages, and shares nothing with this code.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Clock } from '../facts/clock.ts'
import { seedScopes } from '../facts/permissions.ts'
import type { GraphClient } from '../graph/index.ts'
import {
  type AppSpec,
  applyPlan,
  assignUser,
  checkApp,
  grantConsent,
  planApp,
  removeApp,
  showApp,
} from './index.ts'
import { adminPermissions, type Lab, openLab } from './lab.fixture.ts'
import { RegistrationError } from './registration-error.ts'

const bot = 'invoice.bot@contoso.example'
const spec: AppSpec = {
  name: 'Invoice bot',
  audience: 'AzureADMyOrg',
  client: 'public',
  redirectUris: ['http://localhost:9999/Callback'],
  permissions: [...seedScopes],
  assignmentRequired: true,
  assigned: [bot],
}
/** Time stands still, and waiting takes none. */
const patient: Clock = { nowMs: () => 0, sleep: () => Promise.resolve() }

let lab: Lab
let admin: GraphClient

before(async () => {
  lab = await openLab()
  admin = await lab.clientOf('admin@contoso.example', adminPermissions)
})
after(() => lab.close())

test('the seed’s registration is planned, made, consented to and assigned, and then nothing is left to do', async () => {
  const plan = await planApp(admin, spec)
  assert.equal(plan.appId, null)
  assert.deepEqual(
    plan.changes.map((one) => `${one.action} ${one.what}`),
    [
      'create name',
      'create audience',
      'create public client',
      'create redirect URIs (mobile and desktop)',
      'create permissions',
      'create assignment required',
      'add assigned user',
    ],
  )
  const applied = await applyPlan(admin, plan)
  assert.ok(applied.created)
  const consent = await grantConsent(admin, { appId: applied.appId, scopes: [...seedScopes] })
  assert.deepEqual(new Set(consent.after), new Set(seedScopes))

  assert.deepEqual((await planApp(admin, spec)).changes, [])
  const shown = await showApp(admin, applied.appId)
  assert.equal(shown.client, 'public')
  assert.ok(shown.assignmentRequired)
  assert.equal(shown.assigned.length, 1)
  assert.deepEqual(shown.redirectUris.publicClient, ['http://localhost:9999/Callback'])
  assert.equal(shown.permissions.length, 6)
  assert.ok(shown.permissions.every((one) => one.listed && one.grantedToAll))
  assert.deepEqual(
    (await checkApp(admin, spec)).filter((one) => one.level !== 'ok'),
    [],
  )
})

test('doing it again writes nothing', async () => {
  const appId = await appIdOf(spec)
  lab.requests = []
  await applyPlan(admin, await planApp(admin, spec))
  const consent = await grantConsent(admin, { appId, scopes: [...seedScopes] })
  assert.deepEqual(consent.before, consent.after)
  assert.ok((await assignUser(admin, { appId, user: bot })).alreadyAssigned)
  assert.deepEqual(
    lab.requests.filter((one) => !one.startsWith('GET')),
    [],
  )
})

test('a changed file changes what it says and nothing else', async () => {
  const named = { ...spec, name: 'Changing bot', permissions: ['User.Read'], assigned: [] }
  const { appId } = await applyPlan(admin, await planApp(admin, named))
  const changed = {
    ...named,
    clientId: appId,
    name: 'Changed bot',
    permissions: ['User.Read', 'Mail.Send'],
    assignmentRequired: false,
  }
  const plan = await planApp(admin, changed)
  assert.deepEqual(plan.changes, [
    { object: 'application', action: 'change', what: 'name', before: 'Changing bot', after: 'Changed bot' },
    {
      object: 'application',
      action: 'change',
      what: 'permissions',
      before: ['User.Read'],
      after: ['User.Read', 'Mail.Send'],
    },
    {
      object: 'service principal',
      action: 'change',
      what: 'assignment required',
      before: true,
      after: false,
    },
  ])
  await applyPlan(admin, plan)
  const shown = await showApp(admin, appId)
  assert.equal(shown.name, 'Changed bot')
  assert.deepEqual(shown.redirectUris.publicClient, ['http://localhost:9999/Callback'])
  await assert.rejects(applyPlan(admin, plan), { code: 'registration/plan-outdated' })
})

test('consent is widened, never narrowed, and can be one user’s', async () => {
  const { appId } = await applyPlan(admin, await planApp(admin, { ...spec, name: 'Narrow bot' }))
  const first = await grantConsent(admin, { appId, scopes: ['User.Read'], forUser: bot })
  assert.equal(first.consentType, 'Principal')
  const second = await grantConsent(admin, { appId, scopes: ['Mail.Send'], forUser: bot })
  assert.deepEqual(second.after, ['User.Read', 'Mail.Send'])
  assert.equal(second.grantId, first.grantId)
  const findings = await checkApp(admin, { ...spec, name: 'Narrow bot' })
  const missing = findings
    .filter((one) => one.code === 'app/consent-missing')
    .map((one) => one.what.split(' ')[0])
  assert.deepEqual(missing, ['offline_access', 'openid', 'profile', 'Mail.ReadWrite'])
  const excess = await checkApp(admin, { ...spec, name: 'Narrow bot', permissions: ['offline_access'] })
  assert.equal(excess.filter((one) => one.code === 'app/consent-excess').length, 2)
})

test('two registrations of one name are told apart by their client ID, or not at all', async () => {
  for (const _ of [1, 2]) await admin.request('POST', '/applications', { body: { displayName: 'Twin bot' } })
  await assert.rejects(planApp(admin, { ...spec, name: 'Twin bot' }), { code: 'registration/name-ambiguous' })
})

test('a user who is not there, and a registration that is not there, are named', async () => {
  await assert.rejects(planApp(admin, { ...spec, assigned: ['nobody@contoso.example'] }), {
    code: 'registration/user-unknown',
  })
  const appId = '11111111-2222-3333-4444-555555555555'
  for (const work of [
    () => showApp(admin, appId),
    () => planApp(admin, { ...spec, clientId: appId }),
    () => grantConsent(admin, { appId, scopes: ['User.Read'] }),
    () => assignUser(admin, { appId, user: bot }),
  ])
    await assert.rejects(work, { code: 'registration/app-unknown' })
})

// portal.md section 4: the Object IDs stand beside the client ID on the same pages.
test('an Object ID copied as the client ID is named, with the client ID that was meant', async () => {
  const wanted = { ...spec, name: 'Copied bot' }
  const { appId, objectId, servicePrincipalId } = await applyPlan(admin, await planApp(admin, wanted))
  for (const [id, what] of [
    [objectId, 'the Object ID of the registration'],
    [servicePrincipalId, 'the Object ID of the enterprise application'],
  ] as const) {
    const says = `${id} is ${what} "Copied bot"; its client ID is ${appId}`
    await assert.rejects(showApp(admin, id), { code: 'registration/app-unknown', message: says })
    const [finding] = await checkApp(admin, { ...wanted, clientId: id })
    assert.deepEqual([finding?.code, finding?.what], ['app/absent', says])
  }
})

test('an account without the right is told who has it, and its check says "not checked"', async () => {
  const ada = await lab.clientOf('ada@contoso.example', ['User.Read'])
  await assert.rejects(planApp(ada, spec), (error) => {
    assert.ok(error instanceof RegistrationError)
    assert.equal(error.code, 'registration/not-allowed')
    assert.equal(error.recovery, 'ask-admin')
    assert.ok(error.ids.requestId)
    return true
  })
  assert.deepEqual(
    (await checkApp(ada, spec)).map((one) => `${one.level} ${one.code}`),
    ['not-checked app/not-readable'],
  )
})

test('an object that other servers do not know yet is waited for', async () => {
  await fault({ match: 'POST /servicePrincipals', status: 404, phase: 'before-commit', rate: 1, times: 2 })
  const plan = await planApp(admin, { ...spec, name: 'Patient bot' })
  const applied = await applyPlan(admin, plan, { clock: patient })
  assert.ok(applied.servicePrincipalId)
  assert.deepEqual(await faultHits(), [2])
})

test('an answer that was lost after the directory acted does not make a second registration', async () => {
  await lab.control('DELETE', 'faults')
  for (const match of [
    'POST /applications',
    'POST /servicePrincipals',
    'POST /oauth2PermissionGrants',
    'POST /servicePrincipals/*/appRoleAssignedTo',
  ]) {
    await fault({ match, status: 504, phase: 'after-commit', rate: 1, times: 1 })
  }
  const wanted = { ...spec, name: 'Lost bot' }
  const { appId } = await applyPlan(admin, await planApp(admin, wanted))
  await grantConsent(admin, { appId, scopes: [...seedScopes] })
  assert.deepEqual(await faultHits(), [1, 1, 1, 1])
  assert.deepEqual(
    (await checkApp(admin, wanted)).filter((one) => one.level !== 'ok'),
    [],
  )
})

test('a removed registration lies in the recycle bin, and comes back under its client ID', async () => {
  const wanted = { ...spec, name: 'Removed bot' }
  const { appId } = await applyPlan(admin, await planApp(admin, wanted))
  const removed = await removeApp(admin, appId)
  assert.equal((await planApp(admin, wanted)).appId, null)
  assert.deepEqual(
    (await checkApp(admin, wanted)).filter((one) => one.level === 'problem').map((one) => one.code),
    ['app/deleted'],
  )
  await admin.request('POST', `/directory/deletedItems/${removed.objectId}/restore`)
  assert.equal((await planApp(admin, wanted)).appId, appId)
  await assert.rejects(removeApp(admin, '11111111-2222-3333-4444-555555555555'), {
    code: 'registration/app-unknown',
  })
})

test('killed after any of its writes, apply goes on where it was: one registration, complete', async () => {
  const writes = (one: GraphClient, stopAfter: number): GraphClient => {
    let count = 0
    return {
      ...one,
      graphOrigin: one.graphOrigin,
      pages: (path, o) => one.pages(path, o),
      upload: (url, range, o) => one.upload(url, range, o),
      async request(method, path, o) {
        if (method !== 'GET' && count++ >= stopAfter) throw new TypeError('killed')
        return one.request(method, path, o)
      },
    }
  }
  for (let stopAfter = 0; stopAfter < 3; stopAfter++) {
    const wanted = { ...spec, name: `Killed bot ${stopAfter}` }
    const killed = writes(admin, stopAfter)
    await assert.rejects(applyPlan(killed, await planApp(killed, wanted)), /killed/)
    const { appId } = await applyPlan(admin, await planApp(admin, wanted))
    await assert.rejects(grantConsent(writes(admin, 0), { appId, scopes: [...seedScopes] }), /killed/)
    await grantConsent(admin, { appId, scopes: [...seedScopes] })
    assert.deepEqual(
      (await checkApp(admin, wanted)).filter((one) => one.level !== 'ok'),
      [],
    )
    const filter = encodeURIComponent(`displayName eq '${wanted.name}'`)
    const { body } = await admin.request<{ value: object[] }>('GET', `/applications?$filter=${filter}`)
    assert.equal(body.value.length, 1)
  }
})

async function appIdOf(wanted: AppSpec): Promise<string> {
  const { appId } = await planApp(admin, wanted)
  assert.ok(appId)
  return appId
}

async function fault(body: object): Promise<void> {
  await lab.control('POST', 'faults', body)
}

async function faultHits(): Promise<number[]> {
  const faults = (await lab.control('GET', 'faults')) as { hits: number }[]
  return faults.map((one) => one.hits)
}
