// /applications and the recycle bin of the directory. entra.md section 8.1.
import { checkApplication } from './check-application.ts'
import {
  applicationAdministrators,
  badRequest,
  type Call,
  type DirectoryParts,
  type Route,
} from './contract.ts'
import { type Application, invalidValue, notFound } from './objects.ts'
import { answerCollection, answerCount, answerItem, contextUrl } from './odata.ts'

const fact = 'entra.md 8.1'
const need = {
  read: {
    delegated: [
      'Application.Read.All',
      'Application.ReadWrite.All',
      'Directory.Read.All',
      'Directory.ReadWrite.All',
    ],
  },
  write: {
    delegated: ['Application.ReadWrite.All', 'Directory.ReadWrite.All'],
    roles: applicationAdministrators,
  },
}

export function applicationRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory } = parts
  const view = (one: Application) => ({ ...one, passwordCredentials: directory.secretsOf(one) })
  const found = (call: Call): Application => {
    const id = call.param('id').replace(/^appId:/, '')
    const application = directory.findApplication(id)
    if (!application) throw notFound(id)
    return application
  }
  const target =
    (one: Application, modified: readonly string[] = []) =>
    () =>
      [{ id: one.id, displayName: one.displayName, type: 'Application', modified }] as const

  return [
    {
      call: 'GET /applications',
      need: need.read,
      fact,
      serve: ({ c }) => answerCollection(c, 'applications', directory.applications().map(view)),
    },
    {
      call: 'GET /applications/$count',
      need: need.read,
      fact: 'Graph "Advanced query capabilities"',
      serve: ({ c }) => answerCount(c, 'applications', directory.applications().map(view)),
    },
    {
      call: 'POST /applications',
      need: need.write,
      fact,
      async serve(call) {
        const body = checkApplication(await call.json(), { creating: true })
        let made: Application | undefined
        const record = {
          activity: 'Add application',
          category: 'ApplicationManagement',
          operation: 'Add',
          targets: () => target(made!)(),
        } as const
        call.change(record, () => (made = directory.createApplication(body)))
        return answerItem(call.c, 'applications', view(made!), { status: 201 })
      },
    },
    {
      call: 'GET /applications/:id',
      need: need.read,
      fact,
      serve: (call) => answerItem(call.c, 'applications', view(found(call))),
    },
    {
      call: 'PATCH /applications/:id',
      need: need.write,
      fact,
      async serve(call) {
        const application = found(call)
        const body = checkApplication(await call.json(), { creating: false })
        call.change(updated(target(application, Object.keys(body))), () =>
          directory.updateApplication(application, body),
        )
        return call.c.body(null, 204)
      },
    },
    {
      call: 'DELETE /applications/:id',
      need: need.write,
      fact,
      serve(call) {
        const application = found(call)
        const record = {
          activity: 'Delete application',
          category: 'ApplicationManagement',
          operation: 'Delete',
          targets: target(application),
        } as const
        call.change(record, () => {
          const own = directory.findPrincipal(application.appId)
          if (own) directory.deletePrincipal(own.id)
          directory.deleteApplication(application.id)
        })
        return call.c.body(null, 204)
      },
    },
    {
      call: 'POST /applications/:id/addPassword',
      need: need.write,
      fact,
      async serve(call) {
        const { passwordCredential } = (await call.json()) as {
          passwordCredential?: { displayName?: string; endDateTime?: string }
        }
        if (passwordCredential?.endDateTime && Number.isNaN(Date.parse(passwordCredential.endDateTime)))
          throw invalidValue('endDateTime', 'Application')
        const application = found(call)
        const made = call.change(credentialsChanged(target(application, ['KeyDescription'])), () =>
          directory.addSecret(application, passwordCredential ?? {}),
        )
        return call.c.json({
          '@odata.context': contextUrl(call.c, 'microsoft.graph.passwordCredential'),
          ...made,
        })
      },
    },
    {
      call: 'POST /applications/:id/removePassword',
      need: need.write,
      fact,
      async serve(call) {
        const { keyId } = (await call.json()) as { keyId?: string }
        const application = found(call)
        call.change(credentialsChanged(target(application, ['KeyDescription'])), () => {
          if (!directory.removeSecret(application, String(keyId)))
            throw badRequest('No password credential found with the specified keyId.')
        })
        return call.c.body(null, 204)
      },
    },
    {
      call: 'GET /directory/deletedItems/microsoft.graph.application',
      need: need.read,
      fact,
      serve: ({ c }) => answerCollection(c, 'applications', directory.deletedApplications()),
    },
    {
      call: 'POST /directory/deletedItems/:id/restore',
      need: need.write,
      fact,
      serve(call) {
        const id = call.param('id')
        if (!directory.restoreApplication(id)) throw notFound(id)
        return answerItem(call.c, 'applications', view(directory.findApplication(id)!))
      },
    },
    {
      call: 'DELETE /directory/deletedItems/:id',
      need: need.write,
      fact,
      serve(call) {
        if (!directory.purgeApplication(call.param('id'))) throw notFound(call.param('id'))
        return call.c.body(null, 204)
      },
    },
  ]
}

const updated = <T>(targets: T) =>
  ({
    activity: 'Update application',
    category: 'ApplicationManagement',
    operation: 'Update',
    targets,
  }) as const
const credentialsChanged = <T>(targets: T) =>
  ({
    activity: 'Update application – Certificates and secrets management',
    category: 'ApplicationManagement',
    operation: 'Update',
    targets,
  }) as const
