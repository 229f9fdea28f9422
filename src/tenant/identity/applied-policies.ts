// What the sign-in log says of conditional access: each policy with its result. entra.md section 11; Graph appliedConditionalAccessPolicy.
import type { Policy } from '../directory/policies.ts'
import { type AccessQuestion, applies } from './access-policies.ts'
import type { IdentityParts } from './identity.ts'

/** Refusals that come of a policy, and the control that was not met. */
const unmet: Readonly<Record<number, string>> = {
  50076: 'mfa',
  50078: 'mfa',
  50079: 'mfa',
  53000: 'compliantDevice',
  53001: 'domainJoinedDevice',
  53003: 'block',
  70043: 'signInFrequency',
  530003: 'compliantDevice',
}

export type PolicyStatus = 'success' | 'failure' | 'notApplied'

export function appliedPolicies(
  parts: Pick<IdentityParts, 'directory' | 'accounts'>,
  o: { question: AccessQuestion | undefined; failureCode: number | undefined },
): { status: PolicyStatus; policies: object[] } {
  const control = o.failureCode === undefined ? undefined : unmet[o.failureCode]
  const { question } = o
  const known = parts.directory.policies
    .list('conditionalAccess')
    .filter((one) => one['state'] !== 'disabled')
  const met = question ? known.filter((one) => applies(parts, one, question)) : []
  const enforced = met.some((one) => one['state'] === 'enabled')
  return {
    status: control ? 'failure' : enforced ? 'success' : 'notApplied',
    policies: known.map((one) => rowOf(one, { met: met.includes(one), control })),
  }
}

function rowOf(policy: Policy, o: { met: boolean; control: string | undefined }): object {
  const grant = policy['grantControls'] as { builtInControls: readonly string[] } | null
  const session = policy['sessionControls'] as Readonly<Record<string, unknown>> | null
  const isReport = policy['state'] !== 'enabled'
  const controls = [...(grant?.builtInControls ?? []), ...Object.keys(session ?? {})]
  const fails = controls.includes(isReport ? 'block' : (o.control ?? ''))
  const met = fails ? 'failure' : 'success'
  const reported = fails ? 'reportOnlyFailure' : 'reportOnlySuccess'
  const missed = isReport ? 'reportOnlyNotApplied' : 'notApplied'
  return {
    id: policy.id,
    displayName: policy.displayName,
    enforcedGrantControls: (grant?.builtInControls ?? []).map((one) => wordOf[one] ?? one),
    enforcedSessionControls: Object.entries(session ?? {}).flatMap(([name, value]) =>
      value ? (wordOf[name] ?? name) : [],
    ),
    result: o.met ? (isReport ? reported : met) : missed,
  }
}

/** As the log words the controls. */
const wordOf: Readonly<Record<string, string>> = {
  block: 'Block',
  mfa: 'Mfa',
  compliantDevice: 'RequireCompliantDevice',
  domainJoinedDevice: 'RequireDomainJoinedDevice',
  signInFrequency: 'SignInFrequency',
  persistentBrowser: 'PersistentBrowserSessionMode',
}
