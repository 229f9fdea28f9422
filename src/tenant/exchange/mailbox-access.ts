// What an application may do in a mailbox without a person: Entra's grants, less what policies take away, and what RBAC adds.
// Both arrive late, in the tenant's clock; entra.md section 9.
import { exchangeDelays, isUnderAccessPolicies } from '../../facts/exchange-roles.ts'
import type { Caller, MailboxAccess } from '../context.ts'
import { judgePolicies } from './access-policies.ts'
import type { ExchangeParts } from './contract.ts'

interface Cached {
  readonly readMs: number
  usedMs: number
}

export function openMailboxAccess(parts: ExchangeParts): MailboxAccess {
  const { context, objects, recipients, authorizations } = parts
  // Exchange keeps what an application was granted while it calls: 30 minutes idle end it, two hours in any case. Lost with the process.
  const cache = new Map<string, Cached>()
  const grantsReadMs = (appId: string): number => {
    const nowMs = context.clock.nowMs()
    const kept = cache.get(appId)
    const isFresh =
      kept &&
      // The clock can be set back.
      nowMs >= kept.usedMs &&
      nowMs - kept.usedMs < exchangeDelays.rbacIdleMs &&
      nowMs - kept.readMs < exchangeDelays.rbacBusyMs
    const entry = isFresh ? kept : { readMs: nowMs, usedMs: nowMs }
    entry.usedMs = nowMs
    cache.set(appId, entry)
    return entry.readMs
  }
  const grantsOf = ({ appId }: Caller) => authorizations.of(appId, grantsReadMs(appId))
  return {
    hasGrants: (caller) => grantsOf(caller).length > 0,
    rolesIn(caller, mailboxId) {
      const policies = objects.asOf('policy', context.clock.nowMs() - exchangeDelays.accessPolicyMs)
      const isBlocked =
        policies.length > 0 &&
        judgePolicies(policies, { appId: caller.appId, recipientId: mailboxId, recipients }) === 'Denied'
      const entra = isBlocked ? caller.roles.filter((one) => !isUnderAccessPolicies(one)) : caller.roles
      const recipient = recipients.byId(mailboxId)
      const granted = grantsOf(caller)
        .filter((one) => recipient !== undefined && one.covers(recipient))
        .flatMap((one) => one.permissions)
      return { roles: [...new Set([...entra, ...granted])], isBlocked }
    },
  }
}
