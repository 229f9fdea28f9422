// New-, Get-, Set-, Remove- and Test-ApplicationAccessPolicy. Answers as Microsoft's pages and public transcripts show them.
import { randomUUID } from 'node:crypto'
import { isGuid } from '../directory/contract.ts'
import { judgePolicies } from './access-policies.ts'
import type { Cmdlet, ExchangeParts } from './contract.ts'
import { CmdletFailure, objectNotFound } from './failures.ts'
import type { AccessPolicy } from './objects.ts'
import type { Parameters } from './parameters.ts'
import type { Recipient } from './recipients.ts'

/** "This method will allow approximately 300 policies". */
const maxPolicies = 300
/** Security principals alone: no Microsoft 365 or distribution group, no shared mailbox. */
const scopeTypes = ['UserMailbox', 'User', 'MailUniversalSecurityGroup']

export function accessPolicyCmdlets({ context, objects, recipients }: ExchangeParts): readonly Cmdlet[] {
  const view = (policy: AccessPolicy): object => {
    const scope = recipients.byId(policy.scopeId)
    const raw = `${scope?.sid ?? 'S-1-5-21-0-0-0-0'};${policy.scopeId}`
    return {
      ScopeName: scope?.displayName ?? policy.scopeId,
      ScopeIdentity: scope?.name ?? policy.scopeId,
      Identity: identityOf(policy),
      AppId: policy.appId,
      ScopeIdentityRaw: raw,
      Description: policy.description,
      AccessRight: policy.accessRight,
      ShardType: 'All',
      IsValid: scope !== undefined,
      ObjectState: 'Unchanged',
    }
  }
  const identityOf = (policy: AccessPolicy): string => {
    const scope = recipients.byId(policy.scopeId)
    return `${context.tenantId}\\${policy.appId}:${scope?.sid ?? 'S-1-5-21-0-0-0-0'};${policy.scopeId}`
  }
  const find = (identity: string): AccessPolicy => {
    const found = objects.all('policy').find((one) => identityOf(one) === identity || one.id === identity)
    if (!found) throw objectNotFound(identity)
    return found
  }
  return [
    {
      name: 'New-ApplicationAccessPolicy',
      parameters: ['AccessRight', 'AppId', 'PolicyScopeGroupId', 'Description'],
      run(parameters) {
        const scope = readScope(recipients.find(parameters.required('PolicyScopeGroupId')))
        const accessRight = readAccessRight(parameters)
        const appIds = readAppIds(parameters)
        const kept = objects.all('policy')
        if (kept.length + appIds.length > maxPolicies)
          throw new CmdletFailure(
            'operation-refused',
            'The total size of App Access Policies exceeded the limit.',
          )
        for (const appId of appIds)
          if (kept.some((one) => one.appId === appId && one.scopeId === scope.id))
            throw new CmdletFailure('already-exists', `An application access policy for '${appId}' and '${scope.name}' already exists.`) // prettier-ignore
        const made = appIds.map((appId) =>
          objects.put('policy', {
            id: randomUUID(),
            appId,
            accessRight,
            scopeId: scope.id,
            description: parameters.text('Description') ?? '',
          }),
        )
        return made.map(view)
      },
    },
    {
      name: 'Get-ApplicationAccessPolicy',
      parameters: ['Identity'],
      run(parameters) {
        const identity = parameters.text('Identity')
        return (identity === undefined ? objects.all('policy') : [find(identity)]).map(view)
      },
    },
    {
      name: 'Set-ApplicationAccessPolicy',
      parameters: ['Identity', 'Description'],
      run(parameters) {
        const policy = find(parameters.required('Identity'))
        objects.put('policy', { ...policy, description: parameters.text('Description') ?? '' })
        return []
      },
    },
    {
      name: 'Remove-ApplicationAccessPolicy',
      parameters: ['Identity'],
      run(parameters) {
        objects.remove('policy', find(parameters.required('Identity')).id)
        return []
      },
    },
    {
      // What is configured, not yet what is in force: the page and the field agree that the test runs ahead.
      name: 'Test-ApplicationAccessPolicy',
      parameters: ['Identity', 'AppId'],
      run(parameters) {
        const one = recipients.find(parameters.required('Identity'))
        return readAppIds(parameters).map((appId) => ({
          AppId: appId,
          Mailbox: one.name,
          MailboxId: one.id,
          MailboxSid: one.sid,
          AccessCheckResult: judgePolicies(objects.all('policy'), { appId, recipientId: one.id, recipients }),
        }))
      },
    },
  ]
}

function readScope(scope: Recipient): Recipient {
  if (scopeTypes.includes(scope.type)) return scope
  throw new CmdletFailure(
    'argument-wrong',
    `The recipient '${scope.name}' of type ${scope.type} isn't a security principal. Use a user or a mail-enabled security group.`,
  )
}

function readAccessRight(parameters: Parameters): AccessPolicy['accessRight'] {
  const given = parameters.required('AccessRight').toLowerCase()
  if (given === 'restrictaccess') return 'RestrictAccess'
  if (given === 'denyaccess') return 'DenyAccess'
  throw new CmdletFailure('argument-wrong', `Cannot process argument transformation on parameter 'AccessRight'. Specify RestrictAccess or DenyAccess.`) // prettier-ignore
}

function readAppIds(parameters: Parameters): string[] {
  const given = parameters.list('AppId')
  if (given.length === 0) parameters.required('AppId')
  for (const appId of given)
    if (appId !== '*' && !isGuid(appId))
      throw new CmdletFailure('argument-wrong', `The application ID '${appId.slice(0, 64)}' isn't a GUID.`)
  return given.map((one) => one.toLowerCase())
}
