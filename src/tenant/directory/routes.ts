// Graph's directory: applications, service principals, grants, assignments, people, organisation. entra.md section 8.
import type { Context, Hono } from 'hono'
import { type Caller, GraphFailure, type Need, type TenantContext } from '../context.ts'
import { answerCollection, answerItem } from './odata.ts'
import {
  type Directory,
  graphEntitlements,
  invalidValue,
  notFound,
  type ServicePrincipal,
} from './objects.ts'
import { graphAppId } from '../../facts/permissions.ts'
import { checkApplication } from './check-application.ts'
import { domains, organisationName } from './users.ts'
import { pairwiseSubject } from './pairwise-subject.ts'

const read = [
  'Application.Read.All',
  'Application.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]
const write = ['Application.ReadWrite.All', 'Directory.ReadWrite.All']
const grantWrite = ['DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All']
const assignWrite = ['AppRoleAssignment.ReadWrite.All']
const userRead = [
  'User.Read.All',
  'User.ReadBasic.All',
  'User.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]
const writers = new Set([
  'Global Administrator',
  'Application Administrator',
  'Cloud Application Administrator',
])

export function mountDirectory(app: Hono, context: TenantContext, directory: Directory): void {
  const allow = async (
    c: Context,
    delegated: readonly string[],
    o: { writes?: boolean } = {},
  ): Promise<Caller> => {
    const need: Need = { delegated, application: delegated, area: 'directory' }
    const caller = await context.authorize(c.req.raw, need)
    const isWriter = context.findUser(caller.userId ?? '')?.roles.some((role) => writers.has(role))
    if (o.writes && caller.kind === 'user' && !isWriter) throw denied()
    return caller
  }
  app.on(['GET', 'POST'], '/oidc/userinfo', async (c) => {
    const caller = await allow(c, ['openid'])
    const user = context.findUser(caller.userId ?? '')
    if (!user) throw denied()
    const [givenName, ...rest] = user.displayName.split(' ')
    const sub = pairwiseSubject(user.id, caller.appId)
    return c.json({
      sub,
      name: user.displayName,
      given_name: givenName,
      family_name: rest.join(' '),
      ...(user.mail && caller.scopes.includes('email') ? { email: user.mail } : {}),
    })
  })
  for (const version of ['/v1.0', '/beta']) {
    mountApplications(app, version)
    mountPrincipals(app, version)
    mountGrants(app, version)
    mountPeople(app, version)
  }

  function application(c: Context) {
    const id = (c.req.param('id') ?? '').replace(/^appId:/, '')
    const found = directory.findApplication(id)
    if (!found) throw notFound(id)
    return found
  }
  function principal(c: Context): ServicePrincipal {
    const id = (c.req.param('id') ?? '').replace(/^appId:/, '')
    const found = directory.findPrincipal(id)
    if (!found) throw notFound(id)
    return found
  }

  function mountApplications(app: Hono, version: string): void {
    const view = (one: ReturnType<typeof application>) => ({
      ...one,
      passwordCredentials: directory.secretsOf(one),
    })
    app.get(`${version}/applications`, async (c) => {
      await allow(c, read)
      return answerCollection(c, 'applications', directory.applications().map(view))
    })
    app.post(`${version}/applications`, async (c) => {
      await allow(c, write, { writes: true })
      const body = checkApplication(await readBody(c), { creating: true })
      return answerItem(c, 'applications', view(directory.createApplication(body)), 201)
    })
    app.get(`${version}/applications/:id`, async (c) => {
      await allow(c, read)
      return answerItem(c, 'applications', view(application(c)))
    })
    app.patch(`${version}/applications/:id`, async (c) => {
      await allow(c, write, { writes: true })
      const found = application(c)
      directory.updateApplication(found, checkApplication(await readBody(c), { creating: false }))
      return c.body(null, 204)
    })
    app.delete(`${version}/applications/:id`, async (c) => {
      await allow(c, write, { writes: true })
      const found = application(c)
      context.transaction(() => {
        const own = directory.findPrincipal(found.appId)
        if (own) directory.deletePrincipal(own.id)
        directory.deleteApplication(found.id)
      })
      return c.body(null, 204)
    })
    app.post(`${version}/applications/:id/addPassword`, async (c) => {
      await allow(c, write, { writes: true })
      const { passwordCredential } = (await readBody(c)) as {
        passwordCredential?: { displayName?: string; endDateTime?: string }
      }
      if (passwordCredential?.endDateTime && Number.isNaN(Date.parse(passwordCredential.endDateTime)))
        throw invalidValue('endDateTime', 'Application')
      return c.json({
        '@odata.context': contextUrl(c, 'microsoft.graph.passwordCredential'),
        ...directory.addSecret(application(c), passwordCredential ?? {}),
      })
    })
    app.post(`${version}/applications/:id/removePassword`, async (c) => {
      await allow(c, write, { writes: true })
      const { keyId } = (await readBody(c)) as { keyId?: string }
      if (!directory.removeSecret(application(c), String(keyId)))
        throw new GraphFailure(
          400,
          'Request_BadRequest',
          'No password credential found with the specified keyId.',
        )
      return c.body(null, 204)
    })
    app.get(`${version}/directory/deletedItems/microsoft.graph.application`, async (c) => {
      await allow(c, read)
      return answerCollection(c, 'applications', directory.deletedApplications())
    })
    app.post(`${version}/directory/deletedItems/:id/restore`, async (c) => {
      await allow(c, write, { writes: true })
      const id = c.req.param('id')
      if (!directory.restoreApplication(id)) throw notFound(id)
      return answerItem(c, 'applications', view(directory.findApplication(id)!))
    })
    app.delete(`${version}/directory/deletedItems/:id`, async (c) => {
      await allow(c, write, { writes: true })
      if (!directory.purgeApplication(c.req.param('id'))) throw notFound(c.req.param('id'))
      return c.body(null, 204)
    })
  }

  function mountPrincipals(app: Hono, version: string): void {
    app.get(`${version}/servicePrincipals`, async (c) => {
      await allow(c, read)
      return answerCollection(c, 'servicePrincipals', directory.principals().map(withEntitlements))
    })
    app.post(`${version}/servicePrincipals`, async (c) => {
      await allow(c, write, { writes: true })
      const { appId, ...rest } = (await readBody(c)) as { appId?: unknown }
      if (typeof appId !== 'string') throw invalidValue('appId', 'ServicePrincipal')
      if (!directory.findApplication(appId))
        throw new GraphFailure(
          400,
          'Request_BadRequest',
          `The appId '${appId}' of the service principal does not reference a valid application object.`,
        )
      if (directory.findPrincipal(appId))
        throw new GraphFailure(
          409,
          'Request_MultipleObjectsWithSameKeyValue',
          `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`,
        )
      return answerItem(c, 'servicePrincipals', directory.createPrincipal(appId, rest), 201)
    })
    app.get(`${version}/servicePrincipals/:id`, async (c) => {
      await allow(c, read)
      return answerItem(c, 'servicePrincipals', withEntitlements(principal(c)))
    })
    app.patch(`${version}/servicePrincipals/:id`, async (c) => {
      await allow(c, write, { writes: true })
      const found = principal(c)
      const body = await readBody(c)
      for (const name of ['appRoleAssignmentRequired', 'accountEnabled'])
        if (name in body && typeof body[name] !== 'boolean') throw invalidValue(name, 'ServicePrincipal')
      directory.updatePrincipal(found, body)
      return c.body(null, 204)
    })
    app.delete(`${version}/servicePrincipals/:id`, async (c) => {
      await allow(c, write, { writes: true })
      directory.deletePrincipal(principal(c).id)
      return c.body(null, 204)
    })
    app.get(`${version}/servicePrincipals/:id/oauth2PermissionGrants`, async (c) => {
      await allow(c, [...read, 'DelegatedPermissionGrant.Read.All', ...grantWrite])
      const client = principal(c)
      const own = directory.grants().filter((one) => one.clientId === client.id)
      return answerCollection(c, 'oauth2PermissionGrants', own)
    })
    app.get(`${version}/servicePrincipals/:id/appRoleAssignments`, async (c) => {
      await allow(c, [...read, ...assignWrite])
      const held = directory.assignmentsHeldBy(principal(c).id)
      return answerCollection(
        c,
        'appRoleAssignments',
        held.map((one) => assignmentView(one, directory.findPrincipal(one.resourceId)!)),
      )
    })
    app.get(`${version}/servicePrincipals/:id/appRoleAssignedTo`, async (c) => {
      await allow(c, [...read, ...assignWrite])
      const resource = principal(c)
      return answerCollection(
        c,
        'appRoleAssignments',
        directory.assignments(resource.id).map((one) => assignmentView(one, resource)),
      )
    })
    app.post(`${version}/servicePrincipals/:id/appRoleAssignedTo`, async (c) => {
      const caller = await allow(c, assignWrite, { writes: true })
      // Microsoft asks for both: the right to assign, and to read what is assigned (entra.md section 8.1).
      if (![...caller.scopes, ...caller.roles].some((one) => read.includes(one))) throw denied()
      const resource = principal(c)
      const body = (await readBody(c)) as { principalId?: string; resourceId?: string; appRoleId?: string }
      if (!context.findUser(String(body.principalId)) && !directory.findPrincipal(String(body.principalId)))
        throw notFound(String(body.principalId))
      if (body.resourceId !== resource.id) throw invalidValue('resourceId', 'AppRoleAssignment')
      const appRoleId = body.appRoleId ?? '00000000-0000-0000-0000-000000000000'
      if (
        directory
          .assignments(resource.id)
          .some((one) => one.principalId === body.principalId && one.appRoleId === appRoleId)
      )
        throw new GraphFailure(
          400,
          'Request_BadRequest',
          'Permission being assigned already exists on the object',
        )
      const made = directory.createAssignment({
        principalId: body.principalId!,
        resourceId: resource.id,
        appRoleId,
      })
      return c.json(
        { '@odata.context': contextUrl(c, 'appRoleAssignments/$entity'), ...assignmentView(made, resource) },
        201,
      )
    })
    app.delete(`${version}/servicePrincipals/:id/appRoleAssignedTo/:assignment`, async (c) => {
      await allow(c, assignWrite, { writes: true })
      if (!directory.deleteAssignment(c.req.param('assignment'), principal(c).id))
        throw notFound(c.req.param('assignment'))
      return c.body(null, 204)
    })
  }

  function assignmentView(one: ReturnType<Directory['assignments']>[number], resource: ServicePrincipal) {
    const user = context.findUser(one.principalId)
    return {
      ...one,
      deletedDateTime: null,
      principalType: user ? 'User' : 'ServicePrincipal',
      principalDisplayName: user?.displayName ?? directory.findPrincipal(one.principalId)?.displayName ?? '',
      resourceDisplayName: resource.displayName,
    }
  }

  function mountGrants(app: Hono, version: string): void {
    app.get(`${version}/oauth2PermissionGrants`, async (c) => {
      await allow(c, [...grantWrite, 'DelegatedPermissionGrant.Read.All', 'Directory.Read.All', ...read])
      return answerCollection(c, 'oauth2PermissionGrants', directory.grants())
    })
    app.post(`${version}/oauth2PermissionGrants`, async (c) => {
      await allow(c, grantWrite, { writes: true })
      const body = (await readBody(c)) as {
        clientId?: string
        resourceId?: string
        consentType?: string
        principalId?: string | null
        scope?: string
      }
      const [client, resource] = [
        directory.findPrincipal(String(body.clientId)),
        directory.findPrincipal(String(body.resourceId)),
      ]
      if (!client || client.id !== body.clientId) throw notFound(String(body.clientId))
      if (!resource || resource.id !== body.resourceId) throw notFound(String(body.resourceId))
      if (body.consentType !== 'AllPrincipals' && body.consentType !== 'Principal')
        throw invalidValue('consentType', 'OAuth2PermissionGrant')
      const principalId = body.consentType === 'Principal' ? (body.principalId ?? null) : null
      if (body.consentType === 'Principal' && !context.findUser(String(principalId)))
        throw invalidValue('principalId', 'OAuth2PermissionGrant')
      if (
        directory
          .grants()
          .some(
            (one) =>
              one.clientId === client.id &&
              one.resourceId === resource.id &&
              one.consentType === body.consentType &&
              one.principalId === principalId,
          )
      ) {
        throw new GraphFailure(400, 'Request_BadRequest', 'Permission entry already exists.')
      }
      const made = directory.createGrant({
        clientId: client.id,
        resourceId: resource.id,
        consentType: body.consentType,
        principalId,
        scope: String(body.scope ?? '').trim(),
      })
      return c.json({ '@odata.context': contextUrl(c, 'oauth2PermissionGrants/$entity'), ...made }, 201)
    })
    const grant = (c: Context) => {
      const found = directory.grants().find((one) => one.id === c.req.param('id'))
      if (!found) throw notFound(c.req.param('id') ?? '')
      return found
    }
    app.get(`${version}/oauth2PermissionGrants/:id`, async (c) => {
      await allow(c, [...grantWrite, 'DelegatedPermissionGrant.Read.All', 'Directory.Read.All'])
      return answerItem(c, 'oauth2PermissionGrants', { ...grant(c) })
    })
    app.patch(`${version}/oauth2PermissionGrants/:id`, async (c) => {
      await allow(c, grantWrite, { writes: true })
      const { scope } = (await readBody(c)) as { scope?: unknown }
      if (typeof scope !== 'string') throw invalidValue('scope', 'OAuth2PermissionGrant')
      directory.updateGrant(grant(c).id, scope.trim())
      return c.body(null, 204)
    })
    app.delete(`${version}/oauth2PermissionGrants/:id`, async (c) => {
      await allow(c, grantWrite, { writes: true })
      directory.deleteGrant(grant(c).id)
      return c.body(null, 204)
    })
  }

  function mountPeople(app: Hono, version: string): void {
    const view = (user: NonNullable<ReturnType<TenantContext['findUser']>>) => ({
      businessPhones: [],
      displayName: user.displayName,
      givenName: user.displayName.split(' ')[0] ?? null,
      jobTitle: null,
      mail: user.mail,
      mobilePhone: null,
      officeLocation: null,
      preferredLanguage: null,
      surname: user.displayName.split(' ').slice(1).join(' ') || null,
      userPrincipalName: user.userPrincipalName,
      id: user.id,
      accountEnabled: user.accountEnabled,
    })
    app.get(`${version}/policies/authorizationPolicy`, async (c) => {
      await allow(c, ['Policy.Read.All', 'Policy.ReadWrite.Authorization', ...read])
      const { userConsent } = context.settings.get()
      const policy =
        userConsent === 'legacy' ? 'microsoft-user-default-legacy' : 'microsoft-user-default-recommended'
      return answerItem(c, 'policies/authorizationPolicy', {
        id: 'authorizationPolicy',
        displayName: 'Authorization Policy',
        defaultUserRolePermissions: {
          allowedToCreateApps: false,
          permissionGrantPoliciesAssigned:
            userConsent === 'none' ? [] : [`ManagePermissionGrantsForSelf.${policy}`],
        },
      })
    })
    app.get(`${version}/me`, async (c) => {
      const caller = await allow(c, ['User.Read', 'User.ReadWrite', ...userRead])
      if (!caller.userId)
        throw new GraphFailure(
          400,
          'BadRequest',
          '/me request is only valid with delegated authentication flow.',
        )
      return answerItem(c, 'users', view(context.findUser(caller.userId)!))
    })
    app.get(`${version}/users`, async (c) => {
      await allow(c, userRead)
      return answerCollection(c, 'users', context.allUsers().map(view))
    })
    app.get(`${version}/users/:id`, async (c) => {
      const caller = await allow(c, ['User.Read', ...userRead])
      const user = context.findUser(c.req.param('id'))
      if (!user) throw notFound(c.req.param('id'))
      const onlySelf = caller.kind === 'user' && !caller.scopes.some((one) => userRead.includes(one))
      if (onlySelf && user.id !== caller.userId) throw denied()
      return answerItem(c, 'users', view(user))
    })
    app.get(`${version}/organization`, async (c) => {
      await allow(c, ['User.Read', 'Organization.Read.All', ...read])
      return answerCollection(c, 'organization', [
        {
          id: context.tenantId,
          displayName: organisationName,
          tenantType: 'AAD',
          countryLetterCode: null,
          verifiedDomains: domains.map((name, index) => ({
            capabilities: 'Email, OfficeCommunicationsOnline',
            isDefault: index === 0,
            isInitial: index === 1,
            name,
            type: 'Managed',
          })),
        },
      ])
    })
  }
}

const denied = (): GraphFailure =>
  new GraphFailure(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')

function withEntitlements(one: ServicePrincipal): ServicePrincipal {
  return one.appId === graphAppId ? { ...one, ...graphEntitlements } : one
}

async function readBody(c: Context): Promise<Record<string, unknown>> {
  let body: unknown
  try {
    body = JSON.parse(await c.req.text())
  } catch {
    throw new GraphFailure(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    )
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new GraphFailure(400, 'Request_BadRequest', 'A JSON object was expected in the request body.')
  return body as Record<string, unknown>
}

function contextUrl(c: Context, name: string): string {
  return `${new URL(c.req.url).origin}/v1.0/$metadata#${name}`
}
