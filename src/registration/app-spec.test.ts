import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { clouds } from '../facts/clouds.ts'
import { seedScopes } from '../facts/permissions.ts'
import { parseAppSpec, redirectUrisOf, specPermissions } from './app-spec.ts'
import { lintSpec } from './checks/lint.ts'
import { adminConsentUrl } from './consent.ts'
import { applicationBody, planFrom } from './plan.ts'
import { parseAppFile, readAppFile } from './read-app-file.ts'
import { comparableRedirectUri, refuseRedirectUri } from './redirect-uri.ts'
import { RegistrationError, type RegistrationErrorCode } from './registration-error.ts'

const seedFile = `
name: Invoice bot
redirectUris: [http://localhost:9999/Callback]
permissions: [offline_access, openid, profile, User.Read, Mail.ReadWrite, Mail.Send]
assignmentRequired: true
assigned: [invoice.bot@contoso.example]
`

function fails(work: () => unknown, code: RegistrationErrorCode, text: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof RegistrationError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, text)
    assert.match(error.fix ?? '', /\.$/)
    return true
  })
}

test('the seed’s registration is one public client with six permissions', () => {
  const spec = parseAppFile(seedFile)
  assert.equal(spec.audience, 'AzureADMyOrg')
  assert.equal(spec.client, 'public')
  assert.deepEqual(redirectUrisOf(spec), {
    publicClient: ['http://localhost:9999/Callback'],
    web: [],
    spa: [],
  })
  assert.deepEqual(
    specPermissions(spec).map((one) => one.value),
    [...seedScopes],
  )
})

// Shape and GUIDs: Microsoft Graph "Create application"; "Microsoft Graph permissions reference" (entra.md §8.1, §8.2).
test('the body that creates the seed’s registration is Microsoft’s', () => {
  assert.deepEqual(
    applicationBody(parseAppFile('{name: B, redirectUris: [http://localhost], permissions: [Mail.Send]}')),
    {
      displayName: 'B',
      signInAudience: 'AzureADMyOrg',
      isFallbackPublicClient: true,
      publicClient: { redirectUris: ['http://localhost'] },
      web: { redirectUris: [] },
      spa: { redirectUris: [] },
      requiredResourceAccess: [
        {
          resourceAppId: '00000003-0000-0000-c000-000000000000',
          resourceAccess: [{ id: 'e383f46e-2787-4529-855e-0e479a3ffac0', type: 'Scope' }],
        },
      ],
    },
  )
})

test('a list of redirect URIs is on "Web" when the client is confidential', () => {
  const spec = parseAppSpec({
    name: 'B',
    client: 'confidential',
    redirectUris: ['https://b.example/'],
    permissions: [],
  })
  assert.deepEqual(redirectUrisOf(spec).web, ['https://b.example/'])
})

test('an app file that cannot be used says what is wrong, and where', () => {
  const wrong: [string, RegExp][] = [
    ['permissions: []', /name is missing/],
    ['name: B', /permissions is missing/],
    ['{name: B, permissions: [], secret: x}', /secret is not known here/],
    ['{name: B, permissions: [], client: both}', /client must be public or confidential/],
    ['{name: B, permissions: [], assigned: [ada]}', /assigned\.0 must be a full address/],
    ['{name: B, permissions: [], redirectUris: {desktop: []}}', /redirectUris/],
    [
      '{name: B, permissions: [], redirectUris: [http://contoso.example/]}',
      /http to a host other than localhost/,
    ],
    ['{name: B, permissions: [], clientId: 12}', /clientId must be a text/],
    [`name: ${'B'.repeat(121)}\npermissions: []`, /120 characters/],
    ['just a text', /the file/],
    ['', /the file/],
    ['name: [', /not readable/],
    ['name: B\nname: C\npermissions: []', /not readable.*unique/],
    [`a: &a [x]\nb: &b [${'*a,'.repeat(20)}]\nname: [${'*b,'.repeat(20)}]`, /./],
  ]
  for (const [text, why] of wrong) fails(() => parseAppFile(text), 'registration/app-file-invalid', why)
})

test('each mistake in an app file is named with its line and column, as editors and compilers do', () => {
  const text = `name: B
permissions:
  - User.Read
  - Mail.Sned
redirectUris:
  publicClient: [http://localhost, 'http://contoso.example/']
`
  fails(
    () => parseAppFile(text, 'my.yaml'),
    'registration/permission-unknown',
    /^my\.yaml:4:5: Microsoft Graph has no delegated permission named Mail\.Sned; my\.yaml:6:36: the redirect URI/,
  )
  const at = (wrong: string, place: RegExp): void =>
    fails(() => parseAppFile(wrong), 'registration/app-file-invalid', place)
  at('name: B\npermissions: []\nassigned:\n  - ada', /^letterlock\.app\.yaml:4:5: assigned\.0 must be a full/)
  at('name: B\npermissions: []\nsecret: x', /^letterlock\.app\.yaml:3:9: secret is not known here/)
  at('name: B', /^letterlock\.app\.yaml:1:1: permissions is missing/)
  at('name: B\nname: C', /^letterlock\.app\.yaml:2:1 is not readable: Map keys must be unique/)
})

test('a permission under the wrong kind is sent to the right one', () => {
  const unknown = 'registration/permission-unknown'
  fails(
    () => parseAppSpec({ name: 'B', permissions: ['Mail.Sned'] }),
    unknown,
    /no delegated permission named Mail\.Sned/,
  )
  try {
    parseAppSpec({ name: 'B', permissions: [], applicationPermissions: ['Mail.ReadWrite.Shared'] })
    assert.fail('it was taken')
  } catch (error) {
    assert.match((error as RegistrationError).fix ?? '', /delegated/)
  }
})

test('an app file is read from disk, and a missing one is named', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-app-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'letterlock.app.yaml')
  fails(() => readAppFile(file), 'registration/app-file-missing', /letterlock\.app\.yaml/)
  writeFileSync(file, seedFile)
  assert.equal(readAppFile(file).name, 'Invoice bot')
})

// Microsoft, "Redirect URI (reply URL) outline and restrictions".
test('a redirect URI is refused where Entra refuses it', () => {
  for (const good of [
    'http://localhost',
    'http://localhost:9999/Callback',
    'https://b.example/x?y=1',
    'http://127.0.0.1:8080',
  ]) {
    assert.equal(refuseRedirectUri(good, 'publicClient'), undefined, good)
  }
  assert.equal(refuseRedirectUri('msauth://com.example/x', 'publicClient'), undefined)
  for (const bad of [
    '',
    'Callback',
    '/Callback',
    'http://contoso.example',
    'http://[::1]/',
    'https://*.b.example/',
    'https://b.example/#x',
    'https://b.example/a;b',
    'https://u:p@b.example/',
    'http://localhost.evil.example/',
    `https://b.example/${'x'.repeat(256)}`,
  ]) {
    assert.ok(refuseRedirectUri(bad, 'publicClient'), bad)
  }
  assert.ok(refuseRedirectUri('msauth://com.example/x', 'web'))
  assert.ok(refuseRedirectUri('http://127.0.0.1/', 'web'))
})

test('for http://localhost the port counts for nothing, the path’s letter case does', () => {
  const same = comparableRedirectUri('http://localhost:9999/Callback')
  assert.equal(comparableRedirectUri('http://localhost/Callback'), same)
  assert.notEqual(comparableRedirectUri('http://localhost:9999/callback'), same)
  assert.notEqual(
    comparableRedirectUri('https://localhost:9999/Callback'),
    comparableRedirectUri('https://localhost/Callback'),
  )
})

test('a plan for a registration that is as written is empty', () => {
  const spec = parseAppFile(seedFile)
  const application = { id: 'o', appId: 'a', displayName: spec.name, ...applicationBody(spec) }
  const servicePrincipal = { id: 's', appId: 'a', appRoleAssignmentRequired: true }
  assert.deepEqual(planFrom(spec, { application, servicePrincipal, unassigned: [] }).changes, [])
})

test('permissions of other services stay when Graph’s are replaced', () => {
  const other = {
    resourceAppId: '00000002-0000-0ff1-ce00-000000000000',
    resourceAccess: [{ id: 'x', type: 'Role' }],
  }
  const application = { id: 'o', appId: 'a', displayName: 'B', requiredResourceAccess: [other] }
  const body = applicationBody(parseAppSpec({ name: 'B', permissions: [] }), application)
  assert.deepEqual(body['requiredResourceAccess'], [other])
})

test('the admin consent link carries client, redirect URI, scopes and state', () => {
  const url = new URL(
    adminConsentUrl({
      cloud: clouds.global,
      tenant: 'contoso.example',
      appId: 'app',
      redirectUri: 'http://localhost:9999/Callback',
      state: 's&1',
    }),
  )
  assert.equal(
    url.origin + url.pathname,
    'https://login.microsoftonline.com/contoso.example/v2.0/adminconsent',
  )
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    client_id: 'app',
    redirect_uri: 'http://localhost:9999/Callback',
    scope: 'https://graph.microsoft.com/.default',
    state: 's&1',
  })
})

test('an app file is blamed for what will not work later', () => {
  const codes = (json: object): string[] =>
    lintSpec(parseAppSpec({ name: 'B', permissions: [], ...json })).map((one) => one.code)
  assert.deepEqual(codes({}), ['app/no-redirect-uri'])
  assert.deepEqual(codes({ redirectUris: ['http://localhost:1/a', 'http://localhost:2/a'] }), [
    'app/redirect-uris-alike',
  ])
  assert.deepEqual(codes({ redirectUris: ['http://127.0.0.1:1/a'] }), ['app/loopback-by-number'])
  assert.deepEqual(codes({ redirectUris: ['http://localhost'], permissions: ['Mail.Send'] }), [
    'app/no-offline-access',
  ])
})

test('whatever an app file holds, it is read or refused by name', () => {
  let seed = 20_261_124
  const draw = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
  const words = ['name', 'permissions', 'redirectUris', ':', '-', '[', ']', '{', '}', '\n', ' ', '  ', '&a', '*a', '!!js', '"', '#',
    '|', '>', 'User.Read', 'true', '1e999', '\u0000', '😀', 'http://localhost', ',', '<<', '__proto__'] // prettier-ignore
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: draw(30) }, () => words[draw(words.length)]).join(draw(2) ? '' : ' ')
    try {
      parseAppFile(text)
    } catch (error) {
      assert.ok(error instanceof RegistrationError, `${JSON.stringify(text)}: ${String(error)}`)
    }
  }
})
