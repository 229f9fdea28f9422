// grant_type=client_credentials: a token of the application itself. entra.md section 4.1.
import { answersChallenges } from './access-evaluation.ts'
import { authenticationKind, requireConfidential } from './client-authentication.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { findResource, type Resource } from './resources.ts'
import { required } from './token-answer.ts'
import type { TokenRequest } from './token-endpoint.ts'

export async function issueToApplication(parts: IdentityParts, request: TokenRequest): Promise<object> {
  const { application, principal } = request.client
  await requireConfidential(parts, request)
  if (request.tenant !== parts.tenantId) {
    throw new EntraFailure(
      50059,
      'No tenant-identifying information found in either the request or implied by any provided credentials.',
      { error: 'invalid_request' },
    )
  }
  const resource = resourceOf(parts, request)
  const roles = parts.directory
    .assignmentsHeldBy(principal.id)
    .filter((one) => one.resourceId === resource.principal.id)
    .flatMap((one) => resource.role(one.appRoleId) ?? [])
  if (roles.length === 0 && resource.principal.appRoleAssignmentRequired)
    throw new EntraFailure(
      501051,
      `Application '${application.appId}'(${application.displayName}) is not assigned to a role for the application '${resource.uri}'(${resource.principal.displayName}).`,
      { error: 'invalid_grant' },
    )
  const longLived = resource.isGraph && answersChallenges(request.form['claims'])
  const token = await parts.tokens.forApp(application, {
    resource,
    origin: request.origin,
    principalId: principal.id,
    authentication: authenticationKind(request.credentials),
    roles,
    longLived,
  })
  return {
    token_type: 'Bearer',
    expires_in: token.lifeSeconds,
    ext_expires_in: token.lifeSeconds,
    ...(longLived ? { refresh_in: Math.floor(token.lifeSeconds / 2) } : {}),
    access_token: token.text,
  }
}

/** @throws {EntraFailure} 1002012, 500011, 500014, 90009 */
function resourceOf(parts: IdentityParts, { form, client }: TokenRequest): Resource {
  const scope = required(form, 'scope').trim()
  const uri = /^(\S+)\/\.default$/i.exec(scope)?.[1]
  if (!uri)
    throw new EntraFailure(
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
      { error: 'invalid_scope' },
    )
  const resource = findResource(parts.directory, uri, parts.organisationName)
  const { appId, displayName } = client.application
  if (resource.principal.appId === appId && uri.toLowerCase() !== appId.toLowerCase())
    throw new EntraFailure(
      90009,
      `Application '${appId}'(${displayName}) is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier.`,
      { error: 'invalid_resource' },
    )
  return resource
}
