// People through Graph: "Create user", "Update user", "revokeSignInSessions", "changePassword".
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signInForTokens } from '../person.fixture.ts'
import { type DirectoryLab, startDirectoryLab } from './lab.fixture.ts'

let lab: DirectoryLab
before(async () => {
  lab = await startDirectoryLab()
})
after(() => lab[Symbol.asyncDispose]())

const newUser = (name: string, more: object = {}) => ({
  accountEnabled: true,
  displayName: 'Adele Vance',
  mailNickname: name,
  userPrincipalName: `${name}@contoso.example`,
  passwordProfile: { forceChangePasswordNextSignIn: false, password: 'xWwvJ]6NMw+bWH-d' },
  ...more,
})

test('a person is made, found by name and by ID, changed, deleted; and has no mailbox before a licence', async () => {
  const made = await lab.ask(
    'POST',
    '/users',
    newUser('adele', { jobTitle: 'Retail Manager', usageLocation: 'US' }),
  )
  assert.equal(made.status, 201)
  assert.match(made.body['@odata.context'], /#users\/\$entity$/)
  assert.equal(made.body.mail, null)
  assert.equal(made.body.jobTitle, 'Retail Manager')
  assert.equal(
    (await lab.ask('PATCH', `/users/${made.body.id}`, { givenName: 'Adele', department: 'Sales' })).status,
    204,
  )
  const shown = await lab.ask(
    'GET',
    '/users/ADELE@contoso.example?$select=givenName,department,accountEnabled,usageLocation',
  )
  assert.deepEqual(
    [shown.body.givenName, shown.body.department, shown.body.accountEnabled, shown.body.usageLocation],
    ['Adele', 'Sales', true, 'US'],
  )
  assert.equal((await lab.ask('DELETE', `/users/${made.body.id}`)).status, 204)
  assert.equal((await lab.ask('GET', `/users/${made.body.id}`)).status, 404)
})

test('without $select a user shows eleven properties and no more', async () => {
  const { body } = await lab.ask('GET', '/users/ada@contoso.example')
  assert.deepEqual(
    Object.keys(body)
      .filter((name) => !name.startsWith('@'))
      .sort(),
    [
      'businessPhones',
      'displayName',
      'givenName',
      'id',
      'jobTitle',
      'mail',
      'mobilePhone',
      'officeLocation',
      'preferredLanguage',
      'surname',
      'userPrincipalName',
    ],
  )
})

test('what Graph refuses in a user is refused with the property’s name', async () => {
  const cases: [object, string | RegExp][] = [
    [{ displayName: 'x' }, "A value is required for property 'accountEnabled' of resource 'User'."],
    [
      newUser('x', { mailNickname: undefined }),
      "A value is required for property 'mailNickname' of resource 'User'.",
    ],
    [
      newUser('x', { userPrincipalName: 'x@fabrikam.example' }),
      /^The domain portion of the userPrincipalName property is invalid/,
    ],
    [
      newUser('x', { userPrincipalName: 'ada@contoso.example' }),
      'Another object with the same value for property userPrincipalName already exists.',
    ],
    [newUser('x', { passwordProfile: { password: 'short' } }), /does not comply with password complexity/],
    [
      newUser('x', { usageLocation: 'Germany' }),
      "Invalid value specified for property 'usageLocation' of resource 'User'.",
    ],
    [newUser('x', { id: 'x' }), "Property 'id' is read-only and cannot be set."],
    [newUser('x', { shoeSize: 43 }), /^Property 'shoeSize' does not exist as a declared property/],
  ]
  for (const [body, message] of cases) {
    const refused = await lab.ask('POST', '/users', body)
    assert.equal(refused.status, 400, JSON.stringify(body))
    if (typeof message === 'string') assert.equal(refused.body.error.message, message)
    else assert.match(refused.body.error.message, message)
  }
})

test('a password is reset with its own permission, ends the refresh tokens from before, and counts at the next sign-in', async () => {
  const user = 'grace@contoso.example'
  const { refresh_token: old } = await signInForTokens(lab.tenant, {
    user,
    scopes: ['offline_access', 'User.Read'],
  })
  const plain = await lab.asApp(['User.ReadWrite.All'])
  const reset = { passwordProfile: { password: 'newPassw0rd!', forceChangePasswordNextSignIn: false } }
  assert.equal((await plain('PATCH', `/users/${user}`, reset)).status, 403)
  assert.equal((await lab.ask('PATCH', `/users/${user}`, reset)).status, 204)
  const refused = await refresh(old!)
  assert.equal(refused.status, 400)
  assert.deepEqual([refused.body.error, refused.body.error_codes], ['invalid_grant', [50173]])
  const again = await signInForTokens(lab.tenant, {
    user,
    scopes: ['offline_access', 'User.Read'],
    password: 'newPassw0rd!',
  })
  assert.equal((await refresh(again.refresh_token!)).status, 200)
})

test('revokeSignInSessions ends a person’s refresh tokens and moves signInSessionsValidFromDateTime', async () => {
  const user = 'ada@contoso.example'
  const { refresh_token: token } = await signInForTokens(lab.tenant, {
    user,
    scopes: ['offline_access', 'User.Read'],
  })
  assert.equal((await refresh(token!)).status, 200)
  await lab.control('POST', '/clock', { advanceMs: 5_000 })
  const answer = await lab.ask('POST', `/users/${user}/revokeSignInSessions`)
  assert.deepEqual([answer.status, answer.body.value], [200, true])
  assert.deepEqual((await refresh(token!)).body.error_codes, [50173])
  const { body } = await lab.ask(
    'GET',
    `/users/${user}?$select=signInSessionsValidFromDateTime,createdDateTime`,
  )
  assert.ok(body.signInSessionsValidFromDateTime > body.createdDateTime)
})

test('a person changes the own password, and only with the right one', async () => {
  const user = 'invoice.bot@contoso.example'
  const me = await lab.as(user, ['User-PasswordProfile.ReadWrite.All', 'User.Read'])
  const known = lab.tenant.users.find((one) => one.userPrincipalName === user)!.password
  const wrong = await me('POST', '/me/changePassword', {
    currentPassword: 'no',
    newPassword: 'another-Passw0rd',
  })
  assert.equal(wrong.status, 400)
  const right = await me('POST', '/me/changePassword', {
    currentPassword: known,
    newPassword: 'another-Passw0rd',
  })
  assert.equal(right.status, 204)
})

test('who holds an administrator’s role is changed by a Global Administrator alone', async () => {
  const helper = (
    await lab.control('POST', '/users', {
      userPrincipalName: 'helper@contoso.example',
      password: 'helpers-Passw0rd',
      roles: ['User Administrator'],
    })
  ).body
  const ask = await lab.as(
    helper.userPrincipalName,
    ['User.ReadWrite.All', 'User-PasswordProfile.ReadWrite.All'],
    'helpers-Passw0rd',
  )
  assert.equal((await ask('PATCH', '/users/ada@contoso.example', { jobTitle: 'Analyst' })).status, 204)
  assert.equal((await ask('PATCH', '/users/admin@contoso.example', { accountEnabled: false })).status, 403)
  const plain = await lab.as('ada@contoso.example', ['User.ReadWrite.All'])
  assert.equal((await plain('PATCH', '/users/grace@contoso.example', { jobTitle: 'x' })).status, 403)
})

async function refresh(token: string) {
  const reply = await fetch(`${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: '14d82eec-204b-4c2f-b7e8-296a70dab67e',
      grant_type: 'refresh_token',
      refresh_token: token,
    }),
  })
  return { status: reply.status, body: (await reply.json()) as { error: string; error_codes: number[] } }
}

test('a property with a permission of its own is changed by that one, and nothing else is', async () => {
  const grace = lab.tenant.users.find((one) => one.userPrincipalName.startsWith('grace@'))!.id
  const patch = async (role: string, body: object): Promise<number> =>
    (await (await lab.asApp([role]))('PATCH', `/users/${grace}`, body)).status
  assert.equal(await patch('User-Phone.ReadWrite.All', { mobilePhone: '1' }), 204)
  assert.equal(await patch('User-Phone.ReadWrite.All', { otherMails: ['a@b.example'] }), 403)
  assert.equal(await patch('User-Mail.ReadWrite.All', { jobTitle: 'x' }), 403)
  assert.equal(await patch('User.EnableDisableAccount.All', { jobTitle: 'x' }), 403)
  assert.equal(await patch('User.EnableDisableAccount.All', { accountEnabled: true }), 204)
  assert.equal(await patch('User.ReadWrite.All', { jobTitle: 'x' }), 204)
})
