// Mailboxes and mail-enabled groups, as Exchange names and finds them. Source: Exchange cmdlet pages, "You can use any value that uniquely identifies".
import { isInitialDomain } from '../../facts/entra-clouds.ts'
import { createHash } from 'node:crypto'
import type { DirectoryUser } from '../context.ts'
import type { Group } from '../directory/groups.ts'
import type { TenantParts } from './contract.ts'
import { objectNotFound } from './failures.ts'

export type RecipientType =
  | 'UserMailbox'
  | 'SharedMailbox'
  | 'User'
  | 'MailUniversalSecurityGroup'
  | 'MailUniversalDistributionGroup'
  | 'GroupMailbox'

export interface Recipient {
  readonly id: string
  readonly type: RecipientType
  readonly name: string
  readonly displayName: string
  readonly alias: string
  readonly primarySmtpAddress: string
  readonly distinguishedName: string
  readonly sid: string
  /** department, customAttribute1 and the like, by lower-case name; absent: not set. */
  readonly attributes: ReadonlyMap<string, string>
}

export type Recipients = ReturnType<typeof openRecipients>

export const customAttributes: readonly string[] = Array.from(
  { length: 15 },
  (_, at) => `CustomAttribute${at + 1}`,
)

export function openRecipients({ context, directory, users }: TenantParts) {
  const { db, tenantId } = context
  const kept = db.prepare('SELECT json FROM exchange_mailboxes WHERE tenant_id = ? AND user_id = ?')
  const keep = db.prepare('INSERT OR REPLACE INTO exchange_mailboxes VALUES (?, ?, ?)')
  const { groups } = directory
  const initialDomain = (): string => {
    const { domains } = context.tenant
    return domains.find(isInitialDomain) ?? domains[0]!
  }
  const attributesOf = (userId: string): Record<string, string> => {
    const row = kept.get(tenantId, userId) as { json: string } | undefined
    return row ? (JSON.parse(row.json) as Record<string, string>) : {}
  }
  const ofUser = (user: DirectoryUser): Recipient => {
    const details = { ...users.details(user.id), ...attributesOf(user.id) }
    const name = user.userPrincipalName.split('@')[0]!
    return {
      id: user.id,
      type:
        user.mailboxKind === 'none'
          ? 'User'
          : user.mailboxKind === 'shared'
            ? 'SharedMailbox'
            : 'UserMailbox',
      name,
      displayName: user.displayName,
      alias: typeof details['mailNickname'] === 'string' ? details['mailNickname'] : name,
      primarySmtpAddress: user.mail ?? '',
      distinguishedName: distinguishedName(name, initialDomain()),
      sid: sidOf(user.id),
      attributes: new Map(
        Object.entries(details).flatMap(([key, value]) =>
          typeof value === 'string' && value !== '' ? [[key.toLowerCase(), value]] : [],
        ),
      ),
    }
  }
  const ofGroup = (group: Group): Recipient => ({
    id: group.id,
    type: groupType(group),
    name: group.displayName,
    displayName: group.displayName,
    alias: group.mailNickname,
    primarySmtpAddress: group.mail ?? '',
    distinguishedName: distinguishedName(group.displayName, initialDomain()),
    sid: sidOf(group.id),
    attributes: new Map(),
  })
  const recipients = {
    users: (): Recipient[] => context.allUsers().map(ofUser),
    groups: (): Recipient[] => groups.all().filter((one) => one.mailEnabled).map(ofGroup), // prettier-ignore
    byId(id: string): Recipient | undefined {
      const user = context.findUser(id)
      if (user) return ofUser(user)
      const group = groups.find(id)
      return group?.mailEnabled ? ofGroup(group) : undefined
    },
    /** By name, distinguished name, display name, alias, address, user principal name or GUID. @throws {CmdletFailure} `object-not-found` */
    find(identity: string): Recipient {
      const wanted = identity.trim().replace(/^smtp:/i, '').toLowerCase() // prettier-ignore
      const byName = context.findUser(wanted)
      if (byName) return ofUser(byName)
      const found = [...recipients.groups(), ...recipients.users()].find((one) =>
        [one.id, one.name, one.alias, one.displayName, one.primarySmtpAddress, one.distinguishedName].some(
          (name) => name.toLowerCase() === wanted && wanted !== '',
        ),
      )
      if (!found) throw objectNotFound(identity)
      return found
    },
    /** Members, and those of groups within when asked. */
    isMember: (recipientId: string, groupId: string, o: { readonly nested: boolean }): boolean =>
      o.nested
        ? groups.transitiveMemberIds(groupId).includes(recipientId)
        : groups.has(groupId, 'member', recipientId),
    customAttributes: attributesOf,
    setCustomAttributes: (userId: string, changed: Readonly<Record<string, string>>): void =>
      void keep.run(tenantId, userId, JSON.stringify({ ...attributesOf(userId), ...changed })),
  }
  return recipients
}

function groupType(group: Group): RecipientType {
  if (group.groupTypes.includes('Unified')) return 'GroupMailbox'
  return group.securityEnabled ? 'MailUniversalSecurityGroup' : 'MailUniversalDistributionGroup'
}

function distinguishedName(name: string, initialDomain: string): string {
  const safe = name.replace(/[,+"\\<>;=]/g, (one) => `\\${one}`)
  return `CN=${safe},OU=${initialDomain},OU=Microsoft Exchange Hosted Organizations,DC=LOCAL,DC=PROD,DC=OUTLOOK,DC=COM`
}

/** The same for the same object; it looks like Exchange's own identifiers, which are drawn elsewhere. */
function sidOf(id: string): string {
  const words = createHash('sha256').update(id).digest()
  return `S-1-5-21-${[0, 4, 8].map((at) => words.readUInt32LE(at)).join('-')}-${words.readUInt32LE(12) % 100_000_000}`
}
