// /applications. entra.md section 8.1; Graph "Create application", "Update application", "application: addPassword".
import type { Context } from 'hono'
import { applicationView } from './application-view.ts'
import type { Application } from './applications.ts'
import { checkApplication } from './check-application.ts'
import { badRequest, type Call, type ChangeRecord, type DirectoryParts, type Route } from './contract.ts'
import { federationRoutes } from './federation-routes.ts'
import { type KeyCredential, readKeyCredentials, removedSecrets } from './key-credentials.ts'
import { applicationNeeds as need, ownerOfNew, refuseUnlessManaged } from './manage.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerCount, answerItem, contextUrl, type Shape } from './odata.ts'
import { ownerRoutes, ownersOf } from './owner-routes.ts'
import { readWantedSecret } from './wanted-secret.ts'

const fact = 'entra.md 8.1'

export function applicationRoutes(parts: DirectoryParts): readonly Route[] {
  const found = applicationFinder(parts)
  return [
    ...readRoutes(parts),
    ...writeRoutes(parts),
    ...secretRoutes(parts),
    ...federationRoutes(parts, found),
    ...ownerRoutes(parts, { path: '/applications/:id', find: found }),
  ]
}

/** By object id, or by client ID as `(appId='…')`. @throws {GraphFailure} 404 */
export function applicationFinder({ directory }: DirectoryParts): (call: Call) => Application {
  return (call) => {
    const given = call.param('id')
    const byClientId = given.startsWith('appId:')
    const id = given.replace(/^appId:/, '')
    const application = directory.findApplication(id)
    const matches = application && (byClientId ? application.appId : application.id) === id.toLowerCase()
    if (!matches) throw notFound(id)
    return application
  }
}

function readRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory } = parts
  const found = applicationFinder(parts)
  const shape: Shape = { expand: { owners: (row) => ownersOf(String(row['id']), parts) } }
  const rows = (c: Context) => directory.applications().map((one) => applicationView(one, { directory, c }))
  return [
    {
      call: 'GET /applications',
      need: need.read,
      fact,
      serve: ({ c }) => answerCollection(c, 'applications', rows(c), shape),
    },
    {
      call: 'GET /applications/$count',
      need: need.read,
      fact: 'Graph "Advanced query capabilities"',
      serve: ({ c }) => answerCount(c, 'applications', rows(c)),
    },
    {
      call: 'GET /applications/:id',
      need: need.read,
      fact,
      serve: (call) =>
        answerItem(call.c, 'applications', applicationView(found(call), { directory, c: call.c }), shape),
    },
  ]
}

function writeRoutes(parts: DirectoryParts): readonly Route[] {
  const { context, directory } = parts
  const found = applicationFinder(parts)
  const check = (body: Record<string, unknown>, current?: Application) =>
    checkApplication(body, {
      ...(current ? { current } : {}),
      tenantId: context.tenantId,
      domains: context.tenant.domains,
      others: directory.applications,
    })
  return [
    {
      call: 'POST /applications',
      need: need.create,
      fact,
      async serve(call) {
        const body = check(await call.json())
        if (body['keyCredentials']) body['keyCredentials'] = readKeyCredentials(body['keyCredentials'], [])
        let made: Application | undefined
        call.change({ ...record('Add application', 'Add'), targets: () => [target(made!)] }, () => {
          made = directory.createApplication(body)
          const owner = ownerOfNew(call, parts)
          if (owner) directory.owners.add(made.id, owner)
        })
        const view = applicationView(made!, { directory, c: call.c })
        return answerItem(call.c, 'applications', view, { status: 201 })
      },
    },
    {
      call: 'PATCH /applications/:id',
      need: need.change,
      fact,
      async serve(call) {
        const application = found(call)
        refuseUnlessManaged(call, application.id, parts)
        const { passwordCredentials, ...body } = check(await call.json(), application)
        const before = (application['keyCredentials'] ?? []) as readonly KeyCredential[]
        if ('keyCredentials' in body)
          body['keyCredentials'] = readKeyCredentials(body['keyCredentials'], before)
        const dropped =
          passwordCredentials === undefined
            ? []
            : removedSecrets(passwordCredentials, directory.secretsOf(application))
        const isCredential = 'keyCredentials' in body || dropped.length > 0
        const changed = isCredential
          ? credentialsChanged(application)
          : updated(application, Object.keys(body))
        call.change(changed, () => {
          for (const keyId of dropped) directory.removeSecret(application, keyId)
          directory.updateApplication(application, body)
        })
        return call.c.body(null, 204)
      },
    },
    {
      call: 'DELETE /applications/:id',
      need: need.change,
      fact,
      serve(call) {
        const application = found(call)
        refuseUnlessManaged(call, application.id, parts)
        call.change({ ...record('Delete application', 'Delete'), targets: () => [target(application)] }, () =>
          directory.deleteApplication(application.id),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

function secretRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory } = parts
  const found = applicationFinder(parts)
  return [
    {
      call: 'POST /applications/:id/addPassword',
      need: need.change,
      fact,
      async serve(call) {
        const application = found(call)
        refuseUnlessManaged(call, application.id, parts)
        const wanted = readWantedSecret((await call.json())['passwordCredential'])
        const most = application.signInAudience.includes('Personal') ? 2 : 500
        if (directory.secretsOf(application).length >= most)
          throw badRequest(
            `The application has ${most} password credentials already, which is the most there may be.`,
          )
        const made = call.change(credentialsChanged(application), () =>
          directory.addSecret(application, wanted),
        )
        return call.c.json({
          '@odata.context': contextUrl(call.c, 'microsoft.graph.passwordCredential'),
          ...made,
        })
      },
    },
    {
      call: 'POST /applications/:id/removePassword',
      need: need.change,
      fact,
      async serve(call) {
        const application = found(call)
        refuseUnlessManaged(call, application.id, parts)
        const { keyId } = await call.json()
        call.change(credentialsChanged(application), () => {
          if (!directory.removeSecret(application, String(keyId)))
            throw badRequest('No password credential found with the specified keyId.')
        })
        return call.c.body(null, 204)
      },
    },
  ]
}

const record = (activity: string, operation: 'Add' | 'Update' | 'Delete') =>
  ({ activity, operation, category: 'ApplicationManagement' }) as const
const updated = (application: Application, modified: readonly string[]): ChangeRecord => ({
  ...record('Update application', 'Update'),
  targets: () => [target(application, modified)],
})
const credentialsChanged = (application: Application): ChangeRecord => ({
  ...record('Update application – Certificates and secrets management', 'Update'),
  targets: () => [target(application, ['KeyDescription'])],
})
const target = (one: Application, modified: readonly string[] = []) =>
  ({ id: one.id, displayName: one.displayName, type: 'Application', modified }) as const
