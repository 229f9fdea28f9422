// One call for the usual wish: this application, these mailboxes, no others. And what Exchange says of one of them.
import { exchangeDelays } from '../../facts/exchange-roles.ts'
import { judgePolicies, type PolicyVerdict } from './access-policies.ts'
import type { ExchangeParts, Run } from './contract.ts'

export interface LimitMade {
  readonly policy: object
  readonly inForceAtMs: number
}

/** RestrictAccess through a mail-enabled security group of its own: a shared mailbox cannot be named directly. Again: adds mailboxes. @throws {CmdletFailure} */
export function limitApplication(
  { recipients, context }: ExchangeParts,
  o: { readonly appId: string; readonly mailboxes: readonly string[]; readonly run: Run },
): LimitMade {
  const name = `Mailboxes of ${o.appId}`
  const find = (): { id: string } | undefined => recipients.groups().find((one) => one.name === name)
  if (!find()) {
    o.run('New-DistributionGroup', { Name: name, Alias: `limit-${o.appId}`, Type: 'Security' })
    const policy = { AppId: o.appId, AccessRight: 'RestrictAccess', PolicyScopeGroupId: name }
    o.run('New-ApplicationAccessPolicy', { ...policy, Description: 'Limited by the control API.' })
  }
  const group = find()!
  for (const mailbox of o.mailboxes)
    if (!recipients.isMember(recipients.find(mailbox).id, group.id, { nested: false }))
      o.run('Add-DistributionGroupMember', { Identity: group.id, Member: mailbox })
  const policies = o.run('Get-ApplicationAccessPolicy', {}) as readonly { ScopeName: string }[]
  return {
    policy: policies.find((one) => one.ScopeName === name)!,
    inForceAtMs: context.clock.nowMs() + exchangeDelays.accessPolicyMs,
  }
}

export interface AppAccess {
  readonly mailbox: string
  readonly policies: { readonly configured: PolicyVerdict; readonly inForce: PolicyVerdict }
  /** By RBAC, as configured. */
  readonly grants: readonly {
    readonly role: string
    readonly permissions: readonly string[]
    readonly scope: string
    readonly coversMailbox: boolean
  }[]
}

/** @throws {CmdletFailure} `object-not-found` */
export function accessOf(
  parts: ExchangeParts,
  o: { readonly appId: string; readonly mailbox: string },
): AppAccess {
  const { context, objects, recipients, authorizations } = parts
  const mailbox = recipients.find(o.mailbox)
  const about = { appId: o.appId, recipientId: mailbox.id, recipients }
  const inForceMs = context.clock.nowMs() - exchangeDelays.accessPolicyMs
  return {
    mailbox: mailbox.primarySmtpAddress,
    policies: {
      configured: judgePolicies(objects.all('policy'), about),
      inForce: judgePolicies(objects.asOf('policy', inForceMs), about),
    },
    grants: authorizations.of(o.appId).map((one) => ({
      role: one.assignment.role,
      permissions: one.permissions,
      scope: one.scopeName,
      coversMailbox: one.covers(mailbox),
    })),
  }
}
