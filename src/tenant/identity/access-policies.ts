// What the tenant's conditional access policies say about one sign-in. Microsoft "Conditional Access: policy components"; entra.md section 6.
import { BlockList, isIP } from 'node:net'
import { directoryRoles } from '../../facts/directory-roles.ts'
import { graphAppId } from '../../facts/permissions.ts'
import type { DirectoryUser } from '../context.ts'
import type { Policy } from '../directory/policies.ts'
import type { IdentityParts } from './identity.ts'

export interface AccessQuestion {
  readonly user: DirectoryUser
  readonly clientId: string
  /** App ID of what is asked for. */
  readonly resourceAppId?: string
  readonly clientAppType: 'browser' | 'mobileAppsAndDesktopClients' | 'other'
}

export interface AccessVerdict {
  /** Ids of the policies that want this, for the `capolids` claim. */
  readonly block: readonly string[]
  readonly mfa: readonly string[]
  readonly compliantDevice: readonly string[]
  readonly domainJoinedDevice: readonly string[]
  /** The shortest of the sign-in frequencies that apply, milliseconds. */
  readonly frequencyMs?: number
  /** The same, of those that ask for the second factor again and not for the password. */
  readonly mfaFrequencyMs?: number
  readonly persistentBrowser?: 'always' | 'never'
}

export const nothing: AccessVerdict = { block: [], mfa: [], compliantDevice: [], domainJoinedDevice: [] }
const hourMs = 3_600_000
/** "Every time" allows for five minutes of clock skew, says Microsoft's page. */
const everyTimeMs = 300_000

type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>> | undefined>>
interface Frequency {
  readonly isEnabled?: boolean
  readonly value?: number
  readonly type?: 'hours' | 'days'
  readonly frequencyInterval?: 'timeBased' | 'everyTime'
  readonly authenticationType?: 'primaryAndSecondaryAuthentication' | 'secondaryAuthentication'
}

/** Report-only and disabled policies decide nothing. No policy, no work: this is asked on every sign-in and refresh. */
export function judgeAccess(
  parts: Pick<IdentityParts, 'directory' | 'accounts'>,
  question: AccessQuestion,
): AccessVerdict {
  const enabled = parts.directory.policies
    .list('conditionalAccess')
    .filter((one) => one['state'] === 'enabled')
  if (enabled.length === 0) return nothing
  const applying = enabled.filter((policy) => applies(parts, policy, question))
  const wanting = (control: string): string[] =>
    applying.filter((policy) => wants(policy, control)).map((policy) => policy.id)
  const frequencies = applying.flatMap((policy) => frequencyOf(policy, 'primaryAndSecondaryAuthentication'))
  const mfaFrequencies = applying.flatMap((policy) => frequencyOf(policy, 'secondaryAuthentication'))
  const modes = applying.flatMap(persistenceOf)
  const [persistentBrowser] = modes.includes('never') ? (['never'] as const) : modes
  return {
    block: wanting('block'),
    mfa: wanting('mfa'),
    compliantDevice: wanting('compliantDevice'),
    domainJoinedDevice: wanting('domainJoinedDevice'),
    ...(frequencies.length > 0 ? { frequencyMs: Math.min(...frequencies) } : {}),
    ...(mfaFrequencies.length > 0 ? { mfaFrequencyMs: Math.min(...mfaFrequencies) } : {}),
    ...(persistentBrowser ? { persistentBrowser } : {}),
  }
}

export function applies(
  parts: Pick<IdentityParts, 'directory' | 'accounts'>,
  policy: Policy,
  { user, clientId, resourceAppId, clientAppType }: AccessQuestion,
): boolean {
  const conditions = policy['conditions'] as Conditions
  const types = (policy['conditions'] as { clientAppTypes?: readonly string[] }).clientAppTypes ?? ['all']
  if (!types.includes('all') && !types.includes(clientAppType)) return false
  return (
    isAmongUsers(parts, conditions['users'] ?? {}, user) &&
    isAmongApplications(conditions['applications'] ?? {}, [clientId, resourceAppId ?? graphAppId]) &&
    isAmongLocations(parts, conditions['locations'], parts.accounts.of(user.homeId ?? user.id).ipAddress)
  )
}

type Lists = Readonly<Record<string, readonly string[]>>

function isAmongUsers(
  { directory, accounts }: Pick<IdentityParts, 'directory' | 'accounts'>,
  users: Lists,
  user: DirectoryUser,
): boolean {
  const groups = new Set(directory.groups.transitiveGroupIdsOf(user.id))
  const roles = new Set(user.roles.map((role) => directoryRoles.get(role)))
  const isIn = (side: 'include' | 'exclude'): boolean => {
    const named = users[`${side}Users`] ?? []
    return (
      named.includes('All') ||
      named.includes(user.id) ||
      (named.includes('GuestsOrExternalUsers') && accounts.of(user.id).userType === 'Guest') ||
      (users[`${side}Groups`] ?? []).some((id) => groups.has(id)) ||
      (users[`${side}Roles`] ?? []).some((id) => roles.has(id))
    )
  }
  return isIn('include') && !isIn('exclude')
}

/** Microsoft targets resources; a client is one where it asks for itself alone. Either name counts here. */
function isAmongApplications(lists: Lists, appIds: readonly string[]): boolean {
  const has = (names: readonly string[] = []): boolean =>
    names.includes('All') || names.some((one) => appIds.includes(one.toLowerCase()))
  const excluded = (lists['excludeApplications'] ?? []).some((one) => appIds.includes(one.toLowerCase()))
  return has(lists['includeApplications']) && !excluded
}

function isAmongLocations(
  { directory }: Pick<IdentityParts, 'directory'>,
  lists: Lists | undefined,
  ipAddress: string,
): boolean {
  if (!lists) return true
  const known = directory.policies.list('namedLocation')
  const isIn = (names: readonly string[] = []): boolean =>
    names.some((name) => {
      if (name === 'All') return true
      const wanted = known.filter((one) =>
        name === 'AllTrusted' ? one['isTrusted'] === true : one.id === name,
      )
      return wanted.some((one) => holds(one, ipAddress))
    })
  return isIn(lists['includeLocations']) && !isIn(lists['excludeLocations'])
}

function holds(location: Policy, ipAddress: string): boolean {
  const ranges = location['ipRanges'] as readonly { cidrAddress: string }[]
  const list = new BlockList()
  for (const { cidrAddress } of ranges) {
    const [address = '', bits] = cidrAddress.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list.check(ipAddress, isIP(ipAddress) === 4 ? 'ipv4' : 'ipv6')
}

/** With OR one of the controls is enough: where a second factor is one of them, no device is asked for. */
function wants(policy: Policy, control: string): boolean {
  const grant = policy['grantControls'] as { operator: string; builtInControls: readonly string[] } | null
  if (!grant?.builtInControls.includes(control)) return false
  const isDevice = control === 'compliantDevice' || control === 'domainJoinedDevice'
  return !(isDevice && grant.operator === 'OR' && grant.builtInControls.includes('mfa'))
}

function frequencyOf(policy: Policy, kind: string): number[] {
  const controls = policy['sessionControls'] as { signInFrequency?: Frequency | null } | null
  const frequency = controls?.signInFrequency
  if (!frequency || frequency.isEnabled === false) return []
  if ((frequency.authenticationType ?? 'primaryAndSecondaryAuthentication') !== kind) return []
  if (frequency.frequencyInterval === 'everyTime') return [everyTimeMs]
  return [frequency.value! * (frequency.type === 'days' ? 24 * hourMs : hourMs)]
}

function persistenceOf(policy: Policy): ('always' | 'never')[] {
  const controls = policy['sessionControls'] as {
    persistentBrowser?: { isEnabled?: boolean; mode: 'always' | 'never' } | null
  } | null
  const browser = controls?.persistentBrowser
  return browser && browser.isEnabled !== false ? [browser.mode] : []
}
