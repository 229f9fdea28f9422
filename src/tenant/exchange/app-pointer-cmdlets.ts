// New-, Get-, Set- and Remove-ServicePrincipal: Exchange's pointers to service principals of Entra.
import { isGuid } from '../directory/contract.ts'
import type { Cmdlet, ExchangeParts } from './contract.ts'
import { CmdletFailure, objectNotFound } from './failures.ts'
import type { AppPointer, ExchangeObjects } from './objects.ts'

/** By object ID, client ID or display name. @throws {CmdletFailure} `object-not-found` */
export function findPointer(objects: ExchangeObjects, identity: string): AppPointer {
  const wanted = identity.toLowerCase()
  const found = objects
    .all('app')
    .find((one) => [one.id, one.appId, one.displayName].some((name) => name.toLowerCase() === wanted))
  if (!found) throw objectNotFound(identity)
  return found
}

export function appPointerCmdlets({ objects, directory, context }: ExchangeParts): readonly Cmdlet[] {
  const view = (one: AppPointer): object => ({
    DisplayName: one.displayName,
    AppId: one.appId,
    ObjectId: one.id,
    Identity: one.id,
    Name: one.id,
    Guid: one.id,
    IsValid: true,
    ObjectState: 'Unchanged',
  })
  return [
    {
      name: 'New-ServicePrincipal',
      parameters: ['AppId', 'ObjectId', 'ServiceId', 'DisplayName'],
      run(parameters) {
        const appId = parameters.required('AppId').toLowerCase()
        // ServiceId is the older name of the same.
        const id = (parameters.text('ObjectId') ?? parameters.text('ServiceId') ?? parameters.required('ObjectId')).toLowerCase() // prettier-ignore
        for (const one of [appId, id])
          if (!isGuid(one)) throw new CmdletFailure('argument-wrong', `'${one.slice(0, 64)}' isn't a GUID.`)
        if (objects.all('app').some((one) => one.appId === appId || one.id === id))
          throw new CmdletFailure(
            'already-exists',
            `The service principal with AppId '${appId}' already exists.`,
          )
        const displayName =
          parameters.text('DisplayName') ?? directory.findPrincipal(appId)?.displayName ?? appId
        // A wrong object ID is taken without a word, as at Microsoft: it never fits a token.
        return [view(objects.put('app', { id, appId, displayName }))]
      },
    },
    {
      name: 'Get-ServicePrincipal',
      parameters: ['Identity'],
      run(parameters) {
        const identity = parameters.text('Identity')
        return (identity === undefined ? objects.all('app') : [findPointer(objects, identity)]).map(view)
      },
    },
    {
      name: 'Set-ServicePrincipal',
      parameters: ['Identity', 'DisplayName'],
      run(parameters) {
        const pointer = findPointer(objects, parameters.required('Identity'))
        objects.put('app', { ...pointer, displayName: parameters.required('DisplayName') })
        return []
      },
    },
    {
      name: 'Remove-ServicePrincipal',
      parameters: ['Identity'],
      run(parameters) {
        const pointer = findPointer(objects, parameters.required('Identity'))
        context.transaction(() => {
          for (const one of objects.all('assignment')) if (one.app === pointer.id) objects.remove('assignment', one.id) // prettier-ignore
          objects.remove('app', pointer.id)
        })
        return []
      },
    },
  ]
}
