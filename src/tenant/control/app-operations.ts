// Applications for tests: made in one go, listed, removed. People make theirs in the portal or with Graph.
import { configuredScopes, type Application } from '../directory/objects.ts'
import { permissionById } from '../../facts/permissions.ts'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { operation, type Operation, type Shape } from './operation.ts'
import { assign, seedApp } from './seed-app.ts'

export const appOperations: readonly Operation[] = [
  operation({
    id: 'listApps',
    call: 'GET /apps',
    does: 'Lists applications',
    answer: 'Apps',
    examples: [{}],
    serve: ({ parts }) => parts.directory.applications().map((one) => viewApp(parts, one)),
  }),
  operation({
    id: 'createApp',
    call: 'POST /apps',
    does: 'Makes an application with service principal, consent, assignments, secrets and certificates',
    body: 'NewApp',
    answer: 'SeededApp',
    status: 201,
    examples: [
      {
        body: {
          displayName: 'Invoice bot',
          publicClient: true,
          redirectUris: { publicClient: ['http://localhost'] },
          permissions: { delegated: ['Mail.ReadWrite', 'Mail.Send'] },
          consent: 'all',
        },
      },
      {
        body: {
          displayName: 'Nightly report',
          permissions: { application: ['User.Read.All'] },
          consent: 'all',
          secrets: [{ displayName: 'tests' }],
        },
      },
    ],
    serve: ({ parts, body }) => parts.context.transaction(() => seedApp(parts, body)),
  }),
  operation({
    id: 'getApp',
    call: 'GET /apps/:app',
    does: 'Shows one application, by client ID, object ID or name',
    answer: 'App',
    examples: [{ path: { app: 'Invoice bot' } }],
    serve: ({ parts, param }) => viewApp(parts, findApp(parts, param('app'))),
  }),
  operation({
    id: 'setApp',
    call: 'PATCH /apps/:app',
    does: 'Sets who may use an application: everybody or those assigned, or nobody while it is disabled',
    body: 'AppChange',
    answer: 'App',
    examples: [
      {
        path: { app: 'Invoice bot' },
        body: { assignmentRequired: true, assignTo: ['ada@contoso.example'], enabled: true },
      },
    ],
    serve({ parts, param, body }) {
      const app = findApp(parts, param('app'))
      return parts.context.transaction(() => setApp(parts, app, body))
    },
  }),
  operation({
    id: 'deleteApp',
    call: 'DELETE /apps/:app',
    does: 'Puts an application and its service principal into the recycle bin',
    answer: 'Removed',
    examples: [{ path: { app: 'Nightly report' } }],
    serve({ parts, param }) {
      const { id } = findApp(parts, param('app'))
      parts.context.transaction(() => parts.directory.deleteApplication(id))
      return { removed: 1 }
    },
  }),
]

/** @throws {ControlFailure} `control/not-found` */
function setApp(parts: ControlParts, app: Application, body: Shape<'AppChange'>): Shape<'App'> {
  const { directory } = parts
  const principal = directory.findPrincipal(app.appId)
  if (!principal)
    throw new ControlFailure(
      'control/not-found',
      `${app.displayName} has no service principal in this tenant`,
    )
  directory.updatePrincipal(principal, {
    ...(body.assignmentRequired === undefined ? {} : { appRoleAssignmentRequired: body.assignmentRequired }),
    ...(body.enabled === undefined ? {} : { accountEnabled: body.enabled }),
  })
  assign(parts, principal.id, body.assignTo ?? [])
  return viewApp(parts, app)
}

/** @throws {ControlFailure} `control/not-found`, `control/invalid` when several have the name */
export function findApp({ directory }: ControlParts, name: string): Application {
  const byId = directory.findApplication(name.toLowerCase())
  if (byId) return byId
  const named = directory.applications().filter((one) => one.displayName === name)
  if (named.length === 1) return named[0]!
  throw named.length === 0
    ? new ControlFailure('control/not-found', `there is no application ${name}`)
    : new ControlFailure(
        'control/invalid',
        `${named.length} applications are named ${name}: give the client ID`,
      )
}

function viewApp({ directory }: ControlParts, one: Application): Shape<'App'> {
  const principal = directory.findPrincipal(one.appId)
  const roles = one.requiredResourceAccess
    .flatMap(({ resourceAccess }) => resourceAccess.filter(({ type }) => type === 'Role'))
    .flatMap(({ id }) => permissionById(id)?.value ?? [])
  return {
    displayName: one.displayName,
    clientId: one.appId,
    objectId: one.id,
    servicePrincipalId: principal?.id ?? null,
    signInAudience: one.signInAudience,
    redirectUris: [...one.publicClient.redirectUris, ...one.web.redirectUris, ...one.spa.redirectUris],
    permissions: [...configuredScopes(one), ...roles],
    assignmentRequired: principal?.appRoleAssignmentRequired ?? false,
    enabled: principal?.accountEnabled ?? true,
    secrets: directory.secretsOf(one).length,
    certificates: ((one['keyCredentials'] ?? []) as object[]).length,
  }
}
