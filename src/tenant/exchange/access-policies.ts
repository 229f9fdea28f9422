// What application access policies say of an application and a mailbox. New-ApplicationAccessPolicy, "verified using the following rules".
import type { AccessPolicy } from './objects.ts'
import type { Recipients } from './recipients.ts'

export type PolicyVerdict = 'Granted' | 'Denied'

/** Deny first; then any Restrict the mailbox is in; then any Restrict at all; else granted. */
export function judgePolicies(
  policies: readonly AccessPolicy[],
  o: { readonly appId: string; readonly recipientId: string; readonly recipients: Recipients },
): PolicyVerdict {
  const own = policies.filter(({ appId }) => appId === '*' || appId.toLowerCase() === o.appId.toLowerCase())
  const covers = ({ scopeId }: AccessPolicy): boolean =>
    scopeId === o.recipientId || o.recipients.isMember(o.recipientId, scopeId, { nested: true })
  const denied = own.some((one) => one.accessRight === 'DenyAccess' && covers(one))
  if (denied) return 'Denied'
  const restricting = own.filter((one) => one.accessRight === 'RestrictAccess')
  return restricting.length === 0 || restricting.some(covers) ? 'Granted' : 'Denied'
}
