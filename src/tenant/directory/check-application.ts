// What Graph takes and refuses in an application's body. entra.md section 8.1; portal.md section 1.4; Graph application resource.
import { GraphFailure } from '../context.ts'
import { type Application, defaultApplication } from './applications.ts'
import { checkEntitlements } from './check-entitlements.ts'
import { badRequest, isGuid, missingValue, notModelled } from './contract.ts'
import { invalidValue } from './objects.ts'

const audiences = [
  'AzureADMyOrg',
  'AzureADMultipleOrgs',
  'AzureADandPersonalMicrosoftAccount',
  'PersonalMicrosoftAccount',
]
const refusedCharacters = /[!$'(),;*]/
const readOnly = new Set(['id', 'appId', 'createdDateTime', 'deletedDateTime', 'publisherDomain', 'verifiedPublisher', 'disabledByMicrosoftStatus', 'applicationTemplateId']) // prettier-ignore
const notModelledProperties = new Set(['uniqueName', 'isDisabled', 'nativeAuthenticationApisEnabled', 'signInAudienceRestrictions', 'authenticationBehaviors', 'logo']) // prettier-ignore
const furtherProperties = ['passwordCredentials', 'servicePrincipalLockConfiguration', 'requestSignatureVerification', 'oauth2RequirePostResponse'] // prettier-ignore
const writable = new Set([...Object.keys(defaultApplication), ...furtherProperties])
const texts: Readonly<Record<string, number>> = {
  description: 1_024,
  notes: 1_024,
  serviceManagementReference: 256,
  samlMetadataUrl: 2_048,
}
/** Parts that a PATCH adds to instead of replacing whole. */
const merged = ['web', 'spa', 'publicClient', 'api', 'info'] as const

const bad = (property: string): GraphFailure => invalidValue(property, 'Application')

export interface CheckOptions {
  /** The application as it is; absent when it is being made. */
  readonly current?: Application
  readonly tenantId: string
  /** Verified domains of the tenant. */
  readonly domains: readonly string[]
  /** Every application there is: what must be unique is looked for among them. */
  readonly others: () => readonly Application[]
}

/** Returns the properties to keep. @throws {GraphFailure} 400 naming the property, 501 for one that is not modelled */
export function checkApplication(body: Record<string, unknown>, o: CheckOptions): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith('@odata.') || name.endsWith('@odata.bind')) continue
    checkName(name, value)
    kept[name] = value
  }
  if (!o.current && (body['displayName'] === undefined || body['displayName'] === null))
    throw missingValue('displayName', 'Application')
  if (!o.current && body['passwordCredentials'] !== undefined) throw bad('passwordCredentials')
  const audience = String(body['signInAudience'] ?? o.current?.signInAudience ?? 'AzureADMyOrg')
  if (!audiences.includes(audience)) throw bad('signInAudience')
  const personal = audience.includes('Personal')
  checkDisplayName(body['displayName'], personal)
  for (const name of merged)
    if (kept[name] !== undefined) kept[name] = mergePart(name, kept[name], o.current ?? defaultApplication)
  checkRedirects(kept, personal)
  checkResourceAccess(kept['requiredResourceAccess'], personal)
  checkUris(kept, o)
  checkEntitlements(kept, o.current)
  if ('tags' in kept) checkTags(kept['tags'])
  checkFlags(kept)
  return kept
}

function checkName(name: string, value: unknown): void {
  if (readOnly.has(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`)
  if (notModelledProperties.has(name)) throw notModelled(`the application property ${name}`)
  if (!writable.has(name))
    throw badRequest(
      `Property '${name.slice(0, 100)}' does not exist as a declared property or extension property.`,
    )
  const most = texts[name]
  if (most !== undefined && value !== null && (typeof value !== 'string' || value.length > most))
    throw bad(name)
}

function checkDisplayName(name: unknown, personal: boolean): void {
  if (name === undefined) return
  const most = personal ? 90 : 120
  if (typeof name !== 'string' || name.trim() === '' || name.length > most) throw bad('displayName')
}

function mergePart(name: (typeof merged)[number], value: unknown, current: object): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(name)
  const before = ((current as Record<string, unknown>)[name] ?? {}) as Record<string, unknown>
  const next = { ...before, ...value } as Record<string, unknown>
  const grants = (value as { implicitGrantSettings?: unknown }).implicitGrantSettings
  if (grants === undefined) return next
  if (typeof grants !== 'object' || grants === null) throw bad('implicitGrantSettings')
  return { ...next, implicitGrantSettings: { ...(before['implicitGrantSettings'] as object), ...grants } }
}

function checkRedirects(kept: Record<string, unknown>, personal: boolean): void {
  for (const platform of ['publicClient', 'web', 'spa']) {
    const part = kept[platform] as { redirectUris?: unknown } | undefined
    if (!part) continue
    const uris = part.redirectUris ?? []
    if (!Array.isArray(uris) || uris.length > (personal ? 100 : 256)) throw bad('redirectUris')
    for (const uri of uris)
      if (typeof uri !== 'string' || !isRedirectUri(uri, platform)) throw bad('redirectUris')
    if (new Set(uris).size !== uris.length) throw bad('redirectUris')
  }
}

function isRedirectUri(uri: string, platform: string): boolean {
  if (uri.length > 256 || refusedCharacters.test(uri) || !URL.canParse(uri)) return false
  const { protocol, hostname, hash } = new URL(uri)
  if (hostname === '[::1]' || (hash !== '' && platform !== 'publicClient')) return false
  if (protocol === 'https:') return true
  if (protocol === 'http:') return hostname === 'localhost' || hostname === '127.0.0.1'
  return platform === 'publicClient'
}

/** At most 50 resources and 400 permissions in all; 30 for each resource with personal accounts. entra.md section 8.1. */
function checkResourceAccess(value: unknown, personal: boolean): void {
  if (value === undefined) return
  const name = 'requiredResourceAccess'
  if (!Array.isArray(value) || value.length > 50) throw bad(name)
  let total = 0
  for (const one of value as ({ resourceAppId?: unknown; resourceAccess?: unknown } | null)[]) {
    if (!isGuid(String(one?.resourceAppId)) || !Array.isArray(one?.resourceAccess)) throw bad(name)
    for (const access of one.resourceAccess as ({ id?: unknown; type?: unknown } | null)[])
      if (!isGuid(String(access?.id)) || !['Scope', 'Role'].includes(String(access?.type))) throw bad(name)
    if (personal && one.resourceAccess.length > 30) throw bad(name)
    total += one.resourceAccess.length
  }
  if (total > (personal ? 200 : 400)) throw bad(name)
}

function checkUris(kept: Record<string, unknown>, o: CheckOptions): void {
  const uris = kept['identifierUris']
  if (uris === undefined) return
  if (!Array.isArray(uris) || uris.some((one) => typeof one !== 'string' || !/^[a-z][\w+.-]*:/i.test(one)))
    throw bad('identifierUris')
  for (const uri of uris as string[]) {
    if (!isOwnUri(uri, o))
      throw new GraphFailure(
        400,
        'HostNameNotOnVerifiedDomain',
        `Values of identifierUris property must use a verified domain of the organization or its subdomain: '${uri.slice(0, 200)}'`,
      )
    const taken = o
      .others()
      .some(
        (one) => one.id !== o.current?.id && (one['identifierUris'] as string[] | undefined)?.includes(uri),
      )
    if (taken)
      throw badRequest('Another object with the same value for property identifierUris already exists.')
  }
}

/** `api://` with the client ID or the tenant's; or a URL on a verified domain. */
function isOwnUri(uri: string, o: CheckOptions): boolean {
  const host = /^[a-z][\w+.-]*:\/\/([^/]+)/i.exec(uri)?.[1]?.toLowerCase() ?? ''
  if (o.domains.some((domain) => host === domain || host.endsWith(`.${domain}`))) return true
  if (!uri.toLowerCase().startsWith('api://')) return false
  const appId = o.current?.appId.toLowerCase()
  return host === o.tenantId || host === appId || (!!appId && uri.toLowerCase().endsWith(`/${appId}`))
}

function checkTags(value: unknown): void {
  const fits = Array.isArray(value) && value.length <= 256
  if (!fits || value.some((one) => typeof one !== 'string' || one.length === 0 || one.length > 256))
    throw bad('tags')
}

function checkFlags(kept: Record<string, unknown>): void {
  for (const name of ['isFallbackPublicClient', 'isDeviceOnlyAuthSupported']) {
    const value = kept[name]
    if (value !== undefined && value !== null && typeof value !== 'boolean') throw bad(name)
  }
}
