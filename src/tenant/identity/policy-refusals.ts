// What follows from a verdict of the policies: a page, a redirect, or a refused grant. entra.md sections 2.2 and 6.
import type { DirectoryUser } from '../context.ts'
import { judgeAccess, nothing, type AccessVerdict } from './access-policies.ts'
import { EntraFailure, PageFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { platformOf } from './redirect-uri.ts'
import { findResource } from './resources.ts'
import { splitScopes } from './scopes.ts'
import type { SignInParts } from './sign-in-flow.ts'
import type { TokenRequest } from './token-endpoint.ts'

type Parts = Pick<IdentityParts, 'directory' | 'accounts' | 'organisationName'>

/** Of an authorization request: what a platform's redirect URI leads to decides whether it is a browser's. */
export function judgeRequest(
  shared: Pick<SignInParts, 'at' | 'clients'>,
  request: Readonly<Record<string, string>>,
  user: DirectoryUser,
): AccessVerdict {
  const parts = shared.at(user.tenantId)
  if (parts.directory.policies.list('conditionalAccess').length === 0) return nothing
  const clientId = request['client_id'] ?? ''
  const application = shared.clients.find(clientId)?.application
  const platform = application && platformOf(application, request['redirect_uri'] ?? '')
  return judgeAccess(parts, {
    user,
    clientId,
    resourceAppId: resourceOf(parts, request['scope'] ?? ''),
    clientAppType: platform === 'web' || platform === 'spa' ? 'browser' : 'mobileAppsAndDesktopClients',
  })
}

/** Of a grant at the token endpoint: a web server's or a page's tokens are the browser's it serves. */
export function judgeGrant(
  parts: Parts,
  request: TokenRequest,
  o: { user: DirectoryUser; scope: string },
): AccessVerdict {
  if (parts.directory.policies.list('conditionalAccess').length === 0) return nothing
  const { credentials, browserOrigin, client } = request
  const isWeb = credentials.secret !== undefined || credentials.assertion !== undefined || browserOrigin
  return judgeAccess(parts, {
    user: o.user,
    clientId: client.application.appId,
    resourceAppId: resourceOf(parts, o.scope),
    clientAppType: isWeb ? 'browser' : 'mobileAppsAndDesktopClients',
  })
}

/** What cannot be had is refused elsewhere; here it is judged as Graph. */
function resourceOf({ directory, organisationName }: Parts, scope: string): string {
  const uri = splitScopes(scope).resources[0]?.uri || directory.cloud.graph
  try {
    return findResource(directory, uri, organisationName).principal.appId
  } catch (error) {
    if (error instanceof EntraFailure)
      return findResource(directory, directory.cloud.graph, organisationName).principal.appId
    throw error
  }
}

interface Refusal {
  readonly code: 53000 | 53001 | 53003 | 530003
  readonly message: string
  readonly policies: readonly string[]
}

/** A block, or a device that no sign-in here has. */
export function refusalOf(verdict: AccessVerdict, o: { isDeviceCode: boolean }): Refusal | undefined {
  const { block, compliantDevice, domainJoinedDevice } = verdict
  if (block.length > 0)
    return {
      code: 53003,
      policies: block,
      message:
        'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    }
  if (compliantDevice.length > 0)
    return o.isDeviceCode
      ? {
          code: 530003,
          policies: compliantDevice,
          message: 'Your device is required to be managed to access this resource.',
        }
      : {
          code: 53000,
          policies: compliantDevice,
          message:
            'Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.',
        }
  if (domainJoinedDevice.length > 0)
    return {
      code: 53001,
      policies: domainJoinedDevice,
      message:
        'Device is not in required device state: domain_joined. Conditional Access policy requires a domain joined device, and the device is not domain joined.',
    }
  return undefined
}

/** @throws {PageFailure} 53003, 53000, 53001, 530003 */
export function refuseOnPage(
  parts: Pick<SignInParts, 'devices'>,
  request: Readonly<Record<string, string>>,
  verdict: AccessVerdict,
): void {
  if (verdict === nothing) return
  const isDeviceCode = parts.devices.findReturn(request['redirect_uri'] ?? '') !== undefined
  const refusal = refusalOf(verdict, { isDeviceCode })
  if (refusal) throw new PageFailure(refusal.code, refusal.message)
}

/** @throws {EntraFailure} 53003, 53000, 53001, 530003 */
export function refuseGrant(request: TokenRequest, verdict: AccessVerdict): void {
  const isDeviceCode = (request.form['grant_type'] ?? '').endsWith('device_code')
  const refusal = refusalOf(verdict, { isDeviceCode })
  if (!refusal) return
  const { code, message, policies } = refusal
  const isGrant = (code === 53003 && request.version === 2) || code === 530003
  throw new EntraFailure(code, message, {
    error: isGrant ? 'invalid_grant' : 'interaction_required',
    ...(code === 53003 ? { suberror: 'message_only' } : {}),
    ...(code === 53003 ? { claims: capolids(policies)! } : {}),
  })
}

/** The policies to be met, as the client hands them on at the interactive sign-in. */
export function capolids(policies: readonly string[]): string | undefined {
  if (policies.length === 0) return undefined
  return JSON.stringify({ access_token: { capolids: { essential: true, values: policies } } })
}

export const isTooOld = ({ frequencyMs }: AccessVerdict, authTimeMs: number, nowMs: number): boolean =>
  frequencyMs !== undefined && nowMs - authTimeMs > frequencyMs

/** Where the password is asked for again, the second factor is too. */
export function isMfaTooOld(verdict: AccessVerdict, mfaMs: number, nowMs: number): boolean {
  const { frequencyMs = Infinity, mfaFrequencyMs = Infinity } = verdict
  return nowMs - mfaMs > Math.min(frequencyMs, mfaFrequencyMs)
}
