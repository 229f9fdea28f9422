// POST /{tenant}/oauth2/v2.0/devicecode and its older form; the device-code grant. entra.md section 5; RFC 8628.
import type { Hono } from 'hono'
import type { Authentication } from './account-states.ts'
import { clientOf, requireConfidential, requirePlatform } from './client-authentication.ts'
import { deviceLifeMs, pollSeconds, type DeviceGrant } from './device-codes.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'
import { resolveAsked, splitScopes } from './scopes.ts'
import { consumersTenantId, noPersonalAccounts, partsBefore } from './tenant-of-request.ts'
import { answerJson, readForm, required } from './token-answer.ts'
import type { TokenRequest } from './token-endpoint.ts'
import { answerFor, grantedScopes } from './user-answer.ts'
import { scopeOfResource } from './version-1.ts'

export function mountDeviceCode(app: Hono, shared: SharedParts): void {
  for (const version of [2, 1] as const) {
    const path = version === 2 ? '/:tenant/oauth2/v2.0/devicecode' : '/:tenant/oauth2/devicecode'
    app.post(path, (c) =>
      answerJson(c, shared, async () => {
        const tenant = shared.checkTenant(c.req.param('tenant') ?? '')
        if (tenant === consumersTenantId) throw noPersonalAccounts()
        const form = await readForm(c)
        const clientId = required(form, 'client_id')
        const parts = partsBefore(shared, { tenant, client_id: clientId })
        const { application } = clientOf(parts, clientId)
        const scope = version === 2 ? required(form, 'scope') : scopeOfResource(required(form, 'resource'))
        for (const asked of splitScopes(scope).resources)
          resolveAsked(parts.directory, asked, parts.organisationName)
        const { deviceCode, userCode } = parts.devices.issue({ appId: application.appId, tenant, scope })
        const verificationUri = parts.directory.cloud.deviceLogin
        const message = `To sign in, use a web browser to open the page ${verificationUri} and enter the code ${userCode} to authenticate.`
        const life = deviceLifeMs / 1_000
        return version === 2
          ? {
              user_code: userCode,
              device_code: deviceCode,
              verification_uri: verificationUri,
              expires_in: life,
              interval: pollSeconds,
              message,
            }
          : {
              user_code: userCode,
              device_code: deviceCode,
              verification_url: verificationUri,
              expires_in: String(life),
              interval: String(pollSeconds),
              message,
            }
      }),
    )
  }
}

/** Version 1 calls the parameter `code`. */
export async function redeemDeviceCode(parts: IdentityParts, request: TokenRequest): Promise<object> {
  const { form, client } = request
  const deviceCode = form['device_code'] ?? form['code'] ?? required(form, 'device_code')
  const device = parts.devices.find(deviceCode)
  if (!device || device.appId !== client.application.appId)
    throw new EntraFailure(70018, "Invalid verification code. The 'device_code' was not recognized.", {
      error: 'bad_verification_code',
    })
  if (device.state === 'redeemed') throw alreadyRedeemed()
  if (device.state === 'declined')
    throw new EntraFailure(0, 'The end user denied the authorization request.', {
      error: 'authorization_declined',
    })
  if (parts.devices.isExpired(device))
    throw new EntraFailure(
      70020,
      'The provided value for the input parameter device_code is not valid. This device code has expired.',
      { error: 'expired_token' },
    )
  if (device.state !== 'approved')
    throw new EntraFailure(
      70016,
      'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
      { error: 'authorization_pending' },
    )
  // Checked this late, as by Entra: the person has typed the code before the client hears that it may not use this grant.
  const platform = client.application.isFallbackPublicClient === true ? 'publicClient' : 'web'
  if (platform === 'publicClient') await requirePlatform(parts, request, platform)
  else await requireConfidential(parts, request)
  const userId = device.userId!
  const scopes = grantedScopes(parts, { ...authenticationOf(device), request, userId, scope: device.scope })
  const { appId, scope } = device
  const authentication = authenticationOf(device)
  const refreshToken = parts.transaction(() => {
    if (!parts.devices.redeem(deviceCode)) throw alreadyRedeemed()
    if (!scopes.openId.has('offline_access')) return undefined
    return parts.grants.issueRefresh({ userId, appId, platform, scope, ...authentication })
  })
  return answerFor(parts, request, { userId, ...authentication, scopes, refreshToken })
}

const authenticationOf = ({ authTimeMs, mfaMs }: DeviceGrant): Authentication => ({
  authTimeMs,
  ...(mfaMs === null ? {} : { mfaMs }),
})

const alreadyRedeemed = (): EntraFailure =>
  new EntraFailure(
    54005,
    'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    { error: 'invalid_grant' },
  )
