// The printed recipes make what `app apply` and `app consent` make; and take it away again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clouds } from '../../src/facts/clouds.ts'
import { seedScopes } from '../../src/facts/scopes.ts'
import {
  type AppSpec,
  applyPlan,
  grantConsent,
  planApp,
  recipeOf,
  type RecipeStepId,
  recipeText,
} from '../../src/registration/index.ts'
import { openRecipeLab, type RecipeLab, registered, type Replayed } from './lab.ts'

const bot = 'invoice.bot@contoso.example'
const base: AppSpec = {
  name: 'Recipe bot',
  audience: 'AzureADMyOrg',
  client: 'public',
  redirectUris: ['http://localhost:9999/Callback'],
  permissions: [...seedScopes],
  assignmentRequired: true,
  assigned: [bot],
}
const others: readonly [string, Partial<AppSpec>][] = [
  ['the seed’s bot', {}],
  [
    'a confidential client with application permissions',
    {
      client: 'confidential',
      redirectUris: { web: ['https://bot.contoso.example/back', 'https://bot.contoso.example/other'] },
      applicationPermissions: ['Mail.Read'],
      assignmentRequired: false,
      assigned: [],
    },
  ],
  [
    'every platform at once',
    {
      audience: 'AzureADMultipleOrgs',
      redirectUris: {
        publicClient: ['http://localhost/a'],
        web: ['https://b.example/'],
        spa: ['https://b.example/spa'],
      },
      permissions: ['User.Read'],
    },
  ],
]
const request = { cloud: clouds.global, tenant: 'contoso.example' }
const formats: readonly Replayed[] = ['az', 'pwsh', 'rest']

let lab: RecipeLab
before(async () => {
  lab = await openRecipeLab()
})
after(() => lab.close())

for (const format of formats)
  for (const [what, change] of others)
    test(`the printed ${format} recipe makes what app apply makes: ${what}`, async () => {
      const spec = { ...base, ...change, name: `${what} by ${format}` }
      const twin = { ...spec, name: `${what} by app apply for ${format}` }
      await lab.play(format, recipeText(format, { ...request, spec }))
      const { appId } = await applyPlan(lab.admin, await planApp(lab.admin, twin))
      await grantConsent(lab.admin, {
        appId,
        scopes: twin.permissions,
        roles: twin.applicationPermissions ?? [],
      })
      const [made, wanted] = [await registered(lab.admin, spec.name), await registered(lab.admin, twin.name)]
      assert.deepEqual({ ...made, name: '' }, { ...wanted, name: '' })
      assert.deepEqual((await planApp(lab.admin, spec)).changes, [])
    })

for (const format of formats)
  test(`by ${format}: consent for one user, then revoke, stop and remove as printed`, async () => {
    const spec = { ...base, name: `One user by ${format}` }
    await lab.play(format, recipeText(format, { ...request, spec, forUsers: [bot] }))
    const before = await registered(lab.admin, spec.name)
    assert.equal((before['grants'] as { consentType: string }[])[0]!.consentType, 'Principal')
    const { appId } = await planApp(lab.admin, spec)
    const steps = recipeOf(format, { ...request, spec, clientId: appId!, forUsers: [bot] })
    const play = (id: RecipeStepId): Promise<void> => {
      const lines = steps.filter((one) => one.id === 'sign-in' || one.id === id).flatMap((one) => one.lines)
      return lab.play(format, lines.join('\n'))
    }
    await play('check')
    await play('revoke')
    assert.deepEqual((await registered(lab.admin, spec.name))['grants'], [])
    await play('stop')
    const stopped = (await registered(lab.admin, spec.name))['principal'] as { accountEnabled: boolean }
    assert.equal(stopped.accountEnabled, false)
    await play('remove')
    await assert.rejects(registered(lab.admin, spec.name), /nothing is registered/)
  })

const hostile = [
  `it's "quoted" \`touch owned\` $(touch owned) $APP \${APP} %PATH% !! \\`,
  `’; Remove-Item x; ‘ {{token}} {{sp.response.body.$.id}} $user.Id`,
  `--help`,
  `@/etc/passwd`,
  `x=@/etc/passwd`,
]
for (const format of formats)
  for (const name of hostile)
    test(`by ${format}, a name that would be a command stays a name: ${name}`, async () => {
      const spec = { ...base, name, redirectUris: [`http://localhost/${format}`], assigned: [] }
      await lab.play(format, recipeText(format, { ...request, spec }))
      assert.equal((await registered(lab.admin, name))['name'], name)
      const { appId } = await planApp(lab.admin, spec)
      const [remove] = recipeOf(format, { ...request, spec, clientId: appId! }).filter(
        (one) => one.id === 'remove',
      )
      const [signIn] = recipeOf(format, { ...request, spec })
      await lab.play(format, [...signIn!.lines, ...remove!.lines].join('\n'))
    })

test('a client ID that is none is refused before it comes into a command', () => {
  for (const format of formats)
    assert.throws(() => recipeOf(format, { ...request, spec: base, clientId: `x'; evil` }), {
      code: 'registration/app-unknown',
    })
})
