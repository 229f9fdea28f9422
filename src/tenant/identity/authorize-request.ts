// Checks an authorization request before anybody is asked anything. entra.md section 2.1; page-only errors: 2.2.
import { type MicrosoftResource, microsoftResources } from '../../facts/resources.ts'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import { consentNeeds } from './consent-needs.ts'
import { EntraFailure, PageFailure, RedirectFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { platformOf, type Platform } from './redirect-uri.ts'
import { graphUris } from './resources.ts'
import { checkResponse } from './response-type.ts'
import { readScopes, type RequestedScopes, splitScopes } from './scopes.ts'
import { consumersTenantId, namesOneTenant } from './tenant-of-request.ts'

export type RequestParameters = Readonly<Record<string, string>>

export interface KnownClient {
  readonly application: Application
  /** Absent when a multi-tenant application was never consented to in this tenant. */
  readonly principal: ServicePrincipal | undefined
  readonly platform: Platform
}

/** @throws {PageFailure} 900144, 700016, 7000112, 650059, 50194, 90102, 50011 */
export function readClient(parts: IdentityParts, request: RequestParameters): KnownClient {
  const { application, principal } = findClient(parts, request)
  const uri = request['redirect_uri']
  if (!uri) throw missing('redirect_uri')
  if (!URL.canParse(uri)) throw new PageFailure(90102, "'redirect_uri' value must be a valid absolute URI.")
  const platform = platformOf(application, uri) ?? devicePlatform(parts, application, uri)
  if (!platform) {
    throw new PageFailure(
      50011,
      `The redirect URI '${uri}' specified in the request does not match the redirect URIs configured for the application '${application.appId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to fix this.`,
    )
  }
  return { application, principal, platform }
}

/** Without `redirect_uri` one of the registered is taken: Microsoft says at random, here the first. @throws {PageFailure} 500113 */
export function withRedirectUri(parts: IdentityParts, request: RequestParameters): RequestParameters {
  if (request['redirect_uri']) return request
  const { application } = findClient(parts, request)
  const [first] = (['web', 'spa', 'publicClient'] as const).flatMap((one) => application[one].redirectUris)
  if (first) return { ...request, redirect_uri: first }
  throw new PageFailure(500113, 'No reply address is registered for the application.')
}

/** What Microsoft's page for personal accounts says; it has no AADSTS number. */
const notForConsumers =
  'unauthorized_client: The client does not exist or is not enabled for consumers. If you are the application developer, configure a new application through the App Registrations in the Azure Portal at https://go.microsoft.com/fwlink/?linkid=2083908.'

/** The address a device code's sign-in leads back to: ours, drawn for this code and this application alone. */
function devicePlatform(parts: IdentityParts, application: Application, uri: string) {
  return parts.devices.findReturn(uri)?.appId === application.appId ? ('publicClient' as const) : undefined
}

function findClient(parts: IdentityParts, request: RequestParameters): Omit<KnownClient, 'platform'> {
  const clientId = request['client_id']
  if (!clientId) throw missing('client_id')
  const known = parts.clients.find(clientId)
  const principal = parts.directory.findPrincipal(clientId)
  const isOwn = known?.homeTenantId === parts.tenantId
  const isForAll = known !== undefined && known.application.signInAudience !== 'AzureADMyOrg'
  if (!known || (!principal && (isOwn || !isForAll))) {
    throw new PageFailure(
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${parts.organisationName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    )
  }
  const { application } = known
  const named = `Application '${application.appId}'(${application.displayName})`
  // Microsoft's page words it otherwise, nobody quotes how.
  if (!isOwn && !isForAll)
    throw new PageFailure(
      650059,
      `${named} is configured to be used only by accounts of the organization it is registered in, and cannot be used in the tenant '${parts.organisationName}'.`,
    )
  if (principal?.accountEnabled === false) throw new PageFailure(7000112, `${named} is disabled.`)
  if (request['tenant'] === consumersTenantId && !application.signInAudience.includes('Personal'))
    throw new PageFailure(0, notForConsumers)
  if (!namesOneTenant(request['tenant']!) && application.signInAudience === 'AzureADMyOrg') {
    throw new PageFailure(
      50194,
      `${named} is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.`,
    )
  }
  return { application, principal }
}

/** @throws {PageFailure} 900144, 650053, 901002, 9010010 @throws {RedirectFailure} 70005, 700051, 700054, 70007, 90023, 50147, 501491, 70011 */
export function checkRequest(request: RequestParameters, { application }: KnownClient): void {
  if (!request['scope']) throw missing('scope')
  checkResponse(request, application)
  checkPrompt(request)
  checkResourceParameter(request)
  const method = request['code_challenge_method']
  const challenge = request['code_challenge']
  if (method && !['S256', 'plain'].includes(method))
    throw new RedirectFailure(501491, 'Invalid value of code_challenge_method.', 'invalid_request')
  if (challenge && !/^[A-Za-z0-9._~-]{43,128}$/.test(challenge))
    throw new RedirectFailure(501491, 'Invalid size of Code_Challenge parameter.', 'invalid_request')
  if (method && !challenge)
    throw new RedirectFailure(
      50147,
      'Missing or invalid code_challenge parameter: code_challenge_method was sent without it.',
      'invalid_request',
    )
  const asked = requested(request, application, new Set())
  if (asked.unknown)
    throw new PageFailure(
      650053,
      `The application '${application.displayName}' asked for scope '${asked.unknown}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'. Contact the app vendor.`,
    )
  if (asked.mixedWithDefault)
    throw new RedirectFailure(
      70011,
      "The provided value for the input parameter scope is not valid. .default scope can't be combined with resource-specific scopes.",
      'invalid_scope',
    )
}

const prompts = ['login', 'none', 'consent', 'select_account', 'create', 'admin_consent']

/** `none` stands alone (OIDC Core 3.1.2.1); an account hint beside `select_account` is refused. The number for that is unverified. */
function checkPrompt({ prompt, login_hint: hint, version }: RequestParameters): void {
  if (!prompt) return
  const known = prompts.includes(prompt) && (prompt !== 'admin_consent' || version === '1')
  if (!known) throw new RedirectFailure(90023, "Unsupported 'prompt' value.", 'invalid_request')
  if (prompt === 'select_account' && hint)
    throw new RedirectFailure(
      90023,
      "'login_hint' cannot be combined with prompt=select_account.",
      'invalid_request',
    )
}

/** Version 1 says its resource in `resource`; version 2 in `scope` alone. Seen on the page in public reports. @throws {PageFailure} 901002, 9010010 */
function checkResourceParameter(request: RequestParameters): void {
  const { resource, scope = '' } = request
  if (resource === undefined) return
  const wanted = resource.toLowerCase().replace(/\/+$/, '')
  const { resources } = splitScopes(scope)
  const isWanted = (uri: string): boolean => (uri ? uri.toLowerCase() === wanted : graphUris.includes(wanted))
  if (resources.length > 0 && !resources.some(({ uri }) => isWanted(uri)))
    throw new PageFailure(
      9010010,
      "The resource parameter provided in the request doesn't match with the requested scopes.",
    )
  throw new PageFailure(901002, "The 'resource' request parameter is not supported.")
}

/** @throws {PageFailure} 500011, 500014, 650052, 650053 */
export function checkResources(
  parts: IdentityParts,
  request: RequestParameters,
  { application }: KnownClient,
): void {
  try {
    consentNeeds(parts, application, request['scope'] ?? '')
  } catch (error) {
    if (!(error instanceof EntraFailure)) throw error
    const { code, message } = error
    const service = code === 500011 ? microsoftServiceOf(request['scope'] ?? '') : undefined
    if (service)
      throw new PageFailure(
        650052,
        `The app is trying to access a service '${service.appId}'(${service.displayName}) that your organization '${parts.tenantId}' lacks a service principal for. Contact your IT Admin to review the configuration of your service subscriptions or consent to the application in order to create the required service principal.`,
      )
    throw new PageFailure(code === 70011 ? 650053 : code, message)
  }
}

/** A service of Microsoft's that the scope names: it exists, though not in this tenant. */
function microsoftServiceOf(scope: string): MicrosoftResource | undefined {
  const asked = new Set(splitScopes(scope).resources.map(({ uri }) => uri.toLowerCase().replace(/\/+$/, '')))
  return microsoftResources.find(
    (one) =>
      asked.has(one.appId) ||
      Object.values(one.uris)
        .flat()
        .some((uri) => asked.has(uri)),
  )
}

export const requested = (
  request: RequestParameters,
  application: Application,
  consented: ReadonlySet<string>,
): RequestedScopes => readScopes(request['scope'] ?? '', application, consented)

const missing = (name: string): PageFailure =>
  new PageFailure(900144, `The request body must contain the following parameter: '${name}'.`)
