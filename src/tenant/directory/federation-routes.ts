// Federated identity credentials of an application. entra.md section 8.1; Graph federatedIdentityCredential.
import { GraphFailure } from '../context.ts'
import type { Application, FederatedCredential } from './applications.ts'
import {
  badRequest,
  type Call,
  type ChangeRecord,
  type DirectoryParts,
  missingValue,
  notModelled,
  type Route,
} from './contract.ts'
import { applicationNeeds as need, refuseUnlessManaged } from './manage.ts'
import { invalidValue, notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

const fact = 'entra.md 8.1'
const resource = 'FederatedIdentityCredential'
const most = 20
const set = 'applications/federatedIdentityCredentials'
const path = '/applications/:id/federatedIdentityCredentials'

export function federationRoutes(
  parts: DirectoryParts,
  found: (call: Call) => Application,
): readonly Route[] {
  const { directory } = parts
  const one = (call: Call): { application: Application; credential: FederatedCredential } => {
    const application = found(call)
    const key = call.param('credential')
    const credential = directory
      .federatedCredentialsOf(application)
      .find((kept) => kept.id === key || kept.name === key)
    if (!credential) throw notFound(key)
    return { application, credential }
  }
  const record = (application: Application): ChangeRecord => ({
    activity: 'Update application – Certificates and secrets management',
    category: 'ApplicationManagement',
    operation: 'Update',
    targets: () => [
      {
        id: application.id,
        displayName: application.displayName,
        type: 'Application',
        modified: ['FederatedIdentityCredentials'],
      },
    ],
  })
  return [
    {
      call: `GET ${path}`,
      need: need.read,
      fact,
      serve: (call) => answerCollection(call.c, set, directory.federatedCredentialsOf(found(call))),
    },
    {
      call: `POST ${path}`,
      need: need.change,
      fact,
      async serve(call) {
        const application = found(call)
        refuseUnlessManaged(call, application.id, parts)
        const wanted = checkCredential(await call.json())
        refuseClash(wanted, directory.federatedCredentialsOf(application))
        const made = call.change(record(application), () =>
          directory.putFederatedCredential(application, wanted),
        )
        return answerItem(call.c, set, made, { status: 201 })
      },
    },
    {
      call: `GET ${path}/:credential`,
      need: need.read,
      fact,
      serve: (call) => answerItem(call.c, set, one(call).credential),
    },
    {
      call: `PATCH ${path}/:credential`,
      need: need.change,
      fact,
      async serve(call) {
        const { application, credential } = one(call)
        refuseUnlessManaged(call, application.id, parts)
        const body = await call.json()
        if ('name' in body && body['name'] !== credential.name)
          throw badRequest("Property 'name' is read-only and cannot be set.")
        const wanted = { ...checkCredential({ ...credential, ...body }), id: credential.id }
        refuseClash(wanted, directory.federatedCredentialsOf(application))
        call.change(record(application), () => directory.putFederatedCredential(application, wanted))
        return call.c.body(null, 204)
      },
    },
    {
      call: `DELETE ${path}/:credential`,
      need: need.change,
      fact,
      serve(call) {
        const { application, credential } = one(call)
        refuseUnlessManaged(call, application.id, parts)
        call.change(record(application), () =>
          directory.removeFederatedCredential(application, credential.id),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

function checkCredential(body: Record<string, unknown>): Omit<FederatedCredential, 'id'> {
  const { name, issuer, subject, audiences, description = null } = body
  if (body['claimsMatchingExpression']) throw notModelled('claimsMatchingExpression')
  for (const [property, value] of Object.entries({ name, issuer, subject, audiences }))
    if (value === undefined || value === null) throw missingValue(property, resource)
  if (typeof name !== 'string' || !/^[A-Za-z0-9][\w-]{2,119}$/.test(name))
    throw invalidValue('name', resource)
  const isText = (value: unknown, longest: number): value is string =>
    typeof value === 'string' && value !== '' && value.length <= longest
  if (!isText(issuer, 600) || !/^https?:\/\//i.test(issuer)) throw invalidValue('issuer', resource)
  if (!isText(subject, 600)) throw invalidValue('subject', resource)
  if (!Array.isArray(audiences) || audiences.length !== 1 || !isText(audiences[0], 600))
    throw invalidValue('audiences', resource)
  if (description !== null && !isText(description, 600)) throw invalidValue('description', resource)
  return {
    name,
    issuer,
    subject,
    audiences: audiences as string[],
    description: description as string | null,
  }
}

/** Names are unique, and so is issuer with subject; at most twenty. */
function refuseClash(
  wanted: Omit<FederatedCredential, 'id'> & { id?: string },
  present: readonly FederatedCredential[],
): void {
  const others = present.filter((one) => one.id !== wanted.id)
  if (others.length >= most && wanted.id === undefined)
    throw badRequest(
      `The application has ${most} federated identity credentials already, which is the most there may be.`,
    )
  if (others.some((one) => one.name === wanted.name))
    throw new GraphFailure(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `FederatedIdentityCredential with name ${wanted.name} already exists.`,
    )
  if (others.some((one) => one.issuer === wanted.issuer && one.subject === wanted.subject))
    throw badRequest(
      'FederatedIdentityCredential with the same issuer and subject already exists on the object.',
    )
}
