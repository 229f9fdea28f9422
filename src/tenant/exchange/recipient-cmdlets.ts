// Mail-enabled groups and mailboxes: what a scope is made of. Graph cannot make a mail-enabled security group; Exchange can.
import type { Cmdlet, ExchangeParts } from './contract.ts'
import { CmdletFailure, notModelled, objectNotFound } from './failures.ts'
import { customAttributes, type Recipient } from './recipients.ts'

export function recipientCmdlets(parts: ExchangeParts): readonly Cmdlet[] {
  return [...groupCmdlets(parts), ...memberCmdlets(parts), ...mailboxCmdlets(parts)]
}

function groupCmdlets({ context, directory, recipients }: ExchangeParts): readonly Cmdlet[] {
  return [
    {
      name: 'New-DistributionGroup',
      parameters: ['Name', 'DisplayName', 'Alias', 'PrimarySmtpAddress', 'Type', 'Members', 'Notes'],
      run(parameters) {
        const name = parameters.required('Name')
        const alias = parameters.text('Alias') ?? name.replaceAll(/[^\w.-]/g, '')
        const type = (parameters.text('Type') ?? 'Distribution').toLowerCase()
        if (type !== 'security' && type !== 'distribution')
          throw new CmdletFailure(
            'argument-wrong',
            "Cannot process argument transformation on parameter 'Type'.",
          )
        const mail = parameters.text('PrimarySmtpAddress') ?? `${alias}@${context.tenant.domains[0]}`
        const isTaken = [...recipients.users(), ...recipients.groups()].some(
          (one) => one.primarySmtpAddress.toLowerCase() === mail.toLowerCase() || (one.type.endsWith('Group') && one.name === name),
        ) // prettier-ignore
        if (isTaken)
          throw new CmdletFailure('already-exists', `The proxy address "SMTP:${mail}" is already being used.`)
        const members = parameters.list('Members').map((one) => recipients.find(one).id)
        const made = context.transaction(() => {
          const group = directory.groups.create({
            displayName: parameters.text('DisplayName') ?? name,
            description: parameters.text('Notes') ?? null,
            mailNickname: alias,
            mail,
            mailEnabled: true,
            securityEnabled: type === 'security',
            proxyAddresses: [`SMTP:${mail}`],
          })
          for (const id of members) directory.groups.link(group.id, 'member', id)
          return group
        })
        return [recipientView(recipients.byId(made.id)!)]
      },
    },
    {
      name: 'Get-DistributionGroup',
      parameters: ['Identity'],
      run(parameters) {
        const identity = parameters.text('Identity')
        if (identity !== undefined) return [recipientView(findGroup(identity, recipients))]
        return recipients.groups().filter(isExchangeGroup).map(recipientView)
      },
    },
    {
      name: 'Remove-DistributionGroup',
      parameters: ['Identity', 'BypassSecurityGroupManagerCheck'],
      run(parameters) {
        const { id } = findGroup(parameters.required('Identity'), recipients)
        context.transaction(() => {
          directory.groups.remove(id)
          directory.groups.purge(id)
        })
        return []
      },
    },
  ]
}

function memberCmdlets({ directory, recipients }: ExchangeParts): readonly Cmdlet[] {
  return [
    {
      name: 'Get-DistributionGroupMember',
      parameters: ['Identity'],
      run(parameters) {
        const group = findGroup(parameters.required('Identity'), recipients)
        return directory.groups
          .idsOf(group.id, 'member')
          .flatMap((id) => recipients.byId(id) ?? [])
          .map(recipientView)
      },
    },
    {
      name: 'Add-DistributionGroupMember',
      parameters: ['Identity', 'Member', 'BypassSecurityGroupManagerCheck'],
      run(parameters) {
        const group = findGroup(parameters.required('Identity'), recipients)
        const member = recipients.find(parameters.required('Member'))
        if (!directory.groups.link(group.id, 'member', member.id))
          throw new CmdletFailure('already-exists', `The recipient "${member.name}" is already a member of the group "${group.name}".`) // prettier-ignore
        return []
      },
    },
    {
      name: 'Remove-DistributionGroupMember',
      parameters: ['Identity', 'Member', 'BypassSecurityGroupManagerCheck'],
      run(parameters) {
        const group = findGroup(parameters.required('Identity'), recipients)
        const member = recipients.find(parameters.required('Member'))
        if (!directory.groups.unlink(group.id, 'member', member.id)) throw objectNotFound(member.name)
        return []
      },
    },
  ]
}

function mailboxCmdlets({ recipients }: ExchangeParts): readonly Cmdlet[] {
  const attributesOf = (one: Recipient): object =>
    Object.fromEntries(customAttributes.map((name) => [name, one.attributes.get(name.toLowerCase()) ?? '']))
  const isMailbox = (one: Recipient): boolean => one.type === 'UserMailbox' || one.type === 'SharedMailbox'
  return [
    {
      name: 'Get-Mailbox',
      parameters: ['Identity'],
      run(parameters) {
        const identity = parameters.text('Identity')
        const found = identity === undefined ? recipients.users() : [recipients.find(identity)]
        const mailboxes = found.filter(isMailbox)
        if (identity !== undefined && mailboxes.length === 0) throw objectNotFound(identity)
        return mailboxes.map((one) => ({ ...recipientView(one), ...attributesOf(one) }))
      },
    },
    {
      name: 'Get-Recipient',
      parameters: ['Identity'],
      run(parameters) {
        const identity = parameters.text('Identity')
        const all = [...recipients.users().filter(isMailbox), ...recipients.groups()]
        return (identity === undefined ? all : [recipients.find(identity)]).map(recipientView)
      },
    },
    {
      name: 'Set-Mailbox',
      parameters: ['Identity', ...customAttributes],
      run(parameters) {
        const mailbox = recipients.find(parameters.required('Identity'))
        if (!isMailbox(mailbox)) throw notModelled(`Set-Mailbox on a ${mailbox.type}`)
        const changed = customAttributes.filter((name) => parameters.has(name) || parameters.clears(name))
        recipients.setCustomAttributes(
          mailbox.id,
          Object.fromEntries(changed.map((name) => [name, parameters.text(name) ?? ''])),
        )
        return []
      },
    },
  ]
}

const isExchangeGroup = (one: Recipient): boolean => one.type.startsWith('MailUniversal')

function findGroup(identity: string, recipients: ExchangeParts['recipients']): Recipient {
  const group = recipients.find(identity)
  if (!isExchangeGroup(group)) throw objectNotFound(identity)
  return group
}

function recipientView(one: Recipient): object {
  return {
    Name: one.name,
    Identity: one.name,
    DisplayName: one.displayName,
    Alias: one.alias,
    PrimarySmtpAddress: one.primarySmtpAddress,
    DistinguishedName: one.distinguishedName,
    RecipientType: one.type === 'SharedMailbox' ? 'UserMailbox' : one.type,
    RecipientTypeDetails: one.type,
    ExternalDirectoryObjectId: one.id,
    Guid: one.id,
    IsValid: true,
    ObjectState: 'Unchanged',
  }
}
