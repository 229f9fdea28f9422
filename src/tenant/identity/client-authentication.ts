// Which client asks for tokens, and whether it proves it as its kind must. entra.md section 4.1.
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import { checkCertificateAssertion, readAssertion } from './client-assertion.ts'
import { EntraFailure } from './failure.ts'
import { checkFederatedAssertion, isFederated } from './federated-assertion.ts'
import type { IdentityParts } from './identity.ts'
import type { Platform } from './redirect-uri.ts'
import type { TokenRequest } from './token-endpoint.ts'

export interface ClientCredentials {
  readonly clientId: string
  readonly secret: string | undefined
  readonly assertion: string | undefined
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const malformed = (): EntraFailure =>
  new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', { error: 'invalid_request' })

/** From the body, or from HTTP Basic with both parts form-encoded (RFC 6749 section 2.3.1). */
export function readCredentials(
  form: Readonly<Record<string, string>>,
  authorization: string | undefined,
): ClientCredentials {
  const basic = /^Basic\s+(\S*)$/i.exec(authorization ?? '')
  const assertion = form['client_assertion']
  const type = form['client_assertion_type']
  if ((assertion === undefined) !== (type === undefined))
    throw new EntraFailure(
      900144,
      `The request body must contain the following parameter: 'client_assertion${assertion === undefined ? '' : '_type'}'.`,
      { error: 'invalid_request' },
    )
  if (type !== undefined && type !== assertionType) throw malformed()
  if (!basic) {
    const clientId = form['client_id']
    if (!clientId)
      throw new EntraFailure(900144, "The request body must contain the following parameter: 'client_id'.", {
        error: 'invalid_request',
      })
    return { clientId, secret: form['client_secret'], assertion }
  }
  const decoded = Buffer.from(basic[1]!, 'base64').toString()
  const colon = decoded.indexOf(':')
  if (colon < 1 || form['client_secret'] !== undefined || assertion !== undefined) throw malformed()
  const clientId = formDecode(decoded.slice(0, colon))
  if (form['client_id'] && form['client_id'] !== clientId) throw malformed()
  return { clientId, secret: formDecode(decoded.slice(colon + 1)), assertion: undefined }
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed()
  }
}

/** @throws {EntraFailure} 700016, 7000112 */
export function clientOf(
  parts: IdentityParts,
  clientId: string,
): { application: Application; principal: ServicePrincipal } {
  const application = parts.clients.find(clientId)?.application
  const principal = parts.directory.findPrincipal(clientId)
  if (!application || !principal) {
    throw new EntraFailure(
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${parts.organisationName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
      { error: 'unauthorized_client' },
    )
  }
  if (!principal.accountEnabled)
    throw new EntraFailure(7000112, `Application '${clientId}'(${application.displayName}) is disabled.`, {
      error: 'unauthorized_client',
    })
  return { application, principal }
}

/** A public client sends no secret; a web client must; a single-page one comes from a browser, the others never do. */
export async function requirePlatform(
  parts: IdentityParts,
  request: TokenRequest,
  platform: Platform,
): Promise<void> {
  const { credentials, browserOrigin } = request
  if (platform === 'web') return requireConfidential(parts, request)
  if (credentials.secret !== undefined || credentials.assertion !== undefined) {
    throw new EntraFailure(
      700025,
      "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
      { error: 'invalid_client', status: 401 },
    )
  }
  if (platform === 'spa' && !browserOrigin) {
    throw new EntraFailure(
      9002327,
      "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
      { error: 'invalid_request' },
    )
  }
  if (platform === 'publicClient' && browserOrigin) refuseCrossOrigin(browserOrigin)
}

/** A secret, or an assertion that was signed with one of the registration's certificates. */
export async function requireConfidential(parts: IdentityParts, request: TokenRequest): Promise<void> {
  const { credentials } = request
  if (request.browserOrigin) refuseCrossOrigin(request.browserOrigin)
  if (credentials.assertion !== undefined) {
    const assertion = await readAssertion(credentials.assertion)
    return isFederated(assertion, request.client.application.appId)
      ? checkFederatedAssertion(parts, request, assertion)
      : checkCertificateAssertion(parts, request, assertion)
  }
  if (credentials.secret) return checkSecret(parts, request, credentials.secret)
  throw request.form['grant_type'] === 'client_credentials'
    ? new EntraFailure(
        7000216,
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        { error: 'invalid_client', status: 401 },
      )
    : new EntraFailure(
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        { error: 'invalid_client', status: 401 },
      )
}

/** What `appidacr` says: 0 a public client, 1 a secret, 2 a certificate or federated credential. */
export function authenticationKind(credentials: ClientCredentials): '0' | '1' | '2' {
  if (credentials.assertion !== undefined) return '2'
  return credentials.secret === undefined ? '0' : '1'
}

function checkSecret(parts: IdentityParts, { client }: TokenRequest, secret: string): void {
  const { checkSecret: ofApplication, principalSecrets } = parts.directory
  const own = principalSecrets.checkSecret(client.principal, secret)
  const verdict = own === 'wrong' ? ofApplication(client.application, secret) : own
  if (verdict === 'right') return
  const { appId } = client.application
  if (verdict === 'expired')
    throw new EntraFailure(
      7000222,
      `The provided client secret keys for app '${appId}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.`,
      { error: 'invalid_client', status: 401 },
    )
  throw new EntraFailure(
    7000215,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`,
    { error: 'invalid_client', status: 401 },
  )
}

function refuseCrossOrigin(origin: string): never {
  throw new EntraFailure(
    9002326,
    `Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '${origin}'.`,
    { error: 'invalid_request' },
  )
}
