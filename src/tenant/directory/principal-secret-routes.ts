// Secrets of a service principal itself: good in this tenant alone. Graph "servicePrincipal: addPassword", "removePassword".
import { badRequest, type Call, type ChangeRecord, type DirectoryParts, type Route } from './contract.ts'
import { refuseUnlessManaged } from './manage.ts'
import type { ServicePrincipal } from './objects.ts'
import { contextUrl } from './odata.ts'
import { readWantedSecret } from './wanted-secret.ts'

export function principalSecretRoutes(
  parts: DirectoryParts,
  find: (call: Call) => ServicePrincipal,
): readonly Route[] {
  const { principalSecrets } = parts.directory
  const managed = (call: Call): ServicePrincipal => {
    const principal = find(call)
    refuseUnlessManaged(call, principal.id, parts)
    return principal
  }
  const record = ({ id, displayName }: ServicePrincipal): ChangeRecord => ({
    activity: 'Update service principal – Certificates and secrets management',
    category: 'ApplicationManagement',
    operation: 'Update',
    targets: () => [{ id, displayName, type: 'ServicePrincipal', modified: ['KeyDescription'] }],
  })
  return [
    {
      call: 'POST /servicePrincipals/:id/addPassword',
      need: {},
      fact: 'Graph "servicePrincipal: addPassword"',
      async serve(call) {
        const principal = managed(call)
        const wanted = readWantedSecret((await call.json())['passwordCredential'])
        const made = call.change(record(principal), () => principalSecrets.addSecret(principal, wanted))
        return call.c.json({
          '@odata.context': contextUrl(call.c, 'microsoft.graph.passwordCredential'),
          ...made,
        })
      },
    },
    {
      call: 'POST /servicePrincipals/:id/removePassword',
      need: {},
      fact: 'Graph "servicePrincipal: removePassword"',
      async serve(call) {
        const principal = managed(call)
        const { keyId } = await call.json()
        call.change(record(principal), () => {
          if (!principalSecrets.removeSecret(principal, String(keyId)))
            throw badRequest('No password credential found with the specified keyId.')
        })
        return call.c.body(null, 204)
      },
    },
  ]
}
