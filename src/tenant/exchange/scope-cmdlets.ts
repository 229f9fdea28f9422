// New-, Get-, Set- and Remove-ManagementScope.
import { randomUUID } from 'node:crypto'
import type { Cmdlet, ExchangeParts } from './contract.ts'
import { CmdletFailure, notModelled, objectNotFound } from './failures.ts'
import type { ExchangeObjects, ManagementScope } from './objects.ts'
import { readRecipientFilter } from './recipient-filter.ts'

/** @throws {CmdletFailure} `object-not-found` */
export function findScope(objects: ExchangeObjects, identity: string): ManagementScope {
  const wanted = identity.toLowerCase()
  const found = objects.all('scope').find((one) => one.id === wanted || one.name.toLowerCase() === wanted)
  if (!found) throw objectNotFound(identity)
  return found
}

export function scopeCmdlets({ objects }: ExchangeParts): readonly Cmdlet[] {
  return [
    {
      name: 'New-ManagementScope',
      parameters: ['Name', 'RecipientRestrictionFilter', 'RecipientRoot', 'Exclusive'],
      run(parameters) {
        if (parameters.has('RecipientRoot')) throw notModelled('-RecipientRoot of management scopes')
        if (parameters.flag('Exclusive') === true) throw notModelled('exclusive management scopes')
        const name = readName(parameters.required('Name'))
        const recipientFilter = parameters.required('RecipientRestrictionFilter')
        readRecipientFilter(recipientFilter)
        if (objects.all('scope').some((one) => one.name.toLowerCase() === name.toLowerCase()))
          throw new CmdletFailure('already-exists', `The management scope '${name}' already exists.`)
        return [view(objects.put('scope', { id: randomUUID(), name, recipientFilter }))]
      },
    },
    {
      name: 'Get-ManagementScope',
      parameters: ['Identity', 'Orphan', 'Exclusive'],
      run(parameters) {
        const identity = parameters.text('Identity')
        if (identity !== undefined) return [view(findScope(objects, identity))]
        const used = new Set(objects.all('assignment').map((one) => ('id' in one.scope ? one.scope.id : '')))
        const orphans = parameters.flag('Orphan') === true
        return objects
          .all('scope')
          .filter((one) => !orphans || !used.has(one.id))
          .map(view)
      },
    },
    {
      name: 'Set-ManagementScope',
      parameters: ['Identity', 'Name', 'RecipientRestrictionFilter'],
      run(parameters) {
        const scope = findScope(objects, parameters.required('Identity'))
        const recipientFilter = parameters.text('RecipientRestrictionFilter') ?? scope.recipientFilter
        readRecipientFilter(recipientFilter)
        objects.put('scope', {
          ...scope,
          name: readName(parameters.text('Name') ?? scope.name),
          recipientFilter,
        })
        return []
      },
    },
    {
      name: 'Remove-ManagementScope',
      parameters: ['Identity'],
      run(parameters) {
        const scope = findScope(objects, parameters.required('Identity'))
        if (objects.all('assignment').some((one) => 'id' in one.scope && one.scope.id === scope.id))
          throw new CmdletFailure('operation-refused', `The management scope '${scope.name}' can't be removed, because it's used by management role assignments.`) // prettier-ignore
        objects.remove('scope', scope.id)
        return []
      },
    },
  ]
}

const view = (one: ManagementScope): object => ({
  Name: one.name,
  Identity: one.name,
  Guid: one.id,
  RecipientRoot: '',
  RecipientFilter: one.recipientFilter,
  ServerFilter: '',
  DatabaseFilter: '',
  ScopeRestrictionType: 'RecipientScope',
  Exclusive: false,
  IsValid: true,
  ObjectState: 'Unchanged',
})

function readName(name: string): string {
  if (name.trim() !== '' && name.length <= 64) return name
  throw new CmdletFailure(
    'argument-wrong',
    'The length of the property Name must be between 1 and 64 characters.',
  )
}
