// /oauth2PermissionGrants: who consented to which delegated permissions. entra.md section 8.1.
import {
  applicationAdministrators,
  badRequest,
  type Call,
  type ChangeRecord,
  type DirectoryParts,
  type Route,
} from './contract.ts'
import { invalidValue, notFound, type PermissionGrant } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

const fact = 'entra.md 8.1'
const need = {
  list: {},
  read: {},
  write: { roles: [...applicationAdministrators, 'Privileged Role Administrator'] },
}

export function grantRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory } = parts
  const found = (call: Call): PermissionGrant => {
    const grant = directory.grants().find((one) => one.id === call.param('id'))
    if (!grant) throw notFound(call.param('id'))
    return grant
  }
  const record = (
    activity: string,
    operation: 'Assign' | 'Update' | 'Unassign',
    { clientId }: { clientId: string },
  ): ChangeRecord => ({
    activity,
    operation,
    category: 'ApplicationManagement',
    targets: () => [
      {
        id: clientId,
        displayName: directory.findPrincipal(clientId)?.displayName ?? null,
        type: 'ServicePrincipal',
        modified: ['DelegatedPermissionGrant.Scope'],
      },
    ],
  })
  return [
    {
      call: 'GET /oauth2PermissionGrants',
      need: need.list,
      fact,
      serve: ({ c }) => answerCollection(c, 'oauth2PermissionGrants', directory.grants()),
    },
    {
      call: 'POST /oauth2PermissionGrants',
      need: need.write,
      fact,
      async serve(call) {
        const wanted = checkGrant(await call.json(), parts)
        const made = call.change(record('Add delegated permission grant', 'Assign', wanted), () =>
          directory.createGrant(wanted),
        )
        return answerItem(call.c, 'oauth2PermissionGrants', made, { status: 201 })
      },
    },
    {
      call: 'GET /oauth2PermissionGrants/:id',
      need: need.read,
      fact,
      serve: (call) => answerItem(call.c, 'oauth2PermissionGrants', found(call)),
    },
    {
      call: 'PATCH /oauth2PermissionGrants/:id',
      need: need.write,
      fact,
      async serve(call) {
        const { scope } = (await call.json()) as { scope?: unknown }
        if (typeof scope !== 'string') throw invalidValue('scope', 'OAuth2PermissionGrant')
        const grant = found(call)
        call.change(record('Update delegated permission grant', 'Update', grant), () =>
          directory.updateGrant(grant.id, scope.trim()),
        )
        return call.c.body(null, 204)
      },
    },
    {
      call: 'DELETE /oauth2PermissionGrants/:id',
      need: need.write,
      fact,
      serve(call) {
        const grant = found(call)
        call.change(record('Remove delegated permission grant', 'Unassign', grant), () =>
          directory.deleteGrant(grant.id),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

function checkGrant(
  body: Record<string, unknown>,
  { context, directory }: DirectoryParts,
): Omit<PermissionGrant, 'id'> {
  const { clientId, resourceId, consentType } = body
  const client = directory.findPrincipal(String(clientId))
  const resource = directory.findPrincipal(String(resourceId))
  if (!client || client.id !== clientId) throw notFound(String(clientId))
  if (!resource || resource.id !== resourceId) throw notFound(String(resourceId))
  if (consentType !== 'AllPrincipals' && consentType !== 'Principal')
    throw invalidValue('consentType', 'OAuth2PermissionGrant')
  const principalId = consentType === 'Principal' ? String(body['principalId']) : null
  if (principalId !== null && !context.findUser(principalId))
    throw invalidValue('principalId', 'OAuth2PermissionGrant')
  const same = directory
    .grants()
    .some(
      (one) =>
        one.clientId === client.id &&
        one.resourceId === resource.id &&
        one.consentType === consentType &&
        one.principalId === principalId,
    )
  if (same) throw badRequest('Permission entry already exists.')
  return {
    clientId: client.id,
    resourceId: resource.id,
    consentType,
    principalId,
    scope: String(body['scope'] ?? '').trim(),
  }
}
