// Conditional access policies and named locations. Graph "conditionalAccessPolicy", "namedLocation"; entra.md section 6.
import { checkAccessPolicy, checkNamedLocation } from './check-policy.ts'
import type { Call, ChangeRecord, DirectoryNeed, DirectoryParts, Route } from './contract.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'
import type { Policy, PolicyKind } from './policies.ts'

const administrators = ['Conditional Access Administrator', 'Security Administrator']
const read: DirectoryNeed = {
  delegated: ['Policy.Read.All', 'Policy.Read.ConditionalAccess', 'Policy.ReadWrite.ConditionalAccess'],
  roles: [...administrators, 'Global Reader', 'Security Reader'],
}
const write: DirectoryNeed = { delegated: ['Policy.ReadWrite.ConditionalAccess'], roles: administrators }

export function policyRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    ...crud(parts, {
      set: 'identity/conditionalAccess/policies',
      kind: 'conditionalAccess',
      fact: 'Graph "conditionalAccessPolicy"',
      name: 'conditional access policy',
      check: checkAccessPolicy,
    }),
    ...crud(parts, {
      set: 'identity/conditionalAccess/namedLocations',
      kind: 'namedLocation',
      fact: 'Graph "ipNamedLocation"',
      name: 'named location',
      check: checkNamedLocation,
    }),
  ]
}

export interface PolicySet {
  readonly set: string
  readonly kind: PolicyKind
  readonly fact: string
  /** As the audit log words it: "Add named location". */
  readonly name: string
  readonly need?: { readonly read: DirectoryNeed; readonly write: DirectoryNeed }
  /** The whole object as it will be kept, from what was sent over what is there. */
  check(body: Record<string, unknown>): object
}

/** List, create, read, change, delete: the same for each kind of policy. */
export function crud({ directory }: DirectoryParts, o: PolicySet): readonly Route[] {
  const { policies } = directory
  const { set, kind, fact } = o
  const need = o.need ?? { read, write }
  const found = (call: Call): Policy => {
    const policy = policies.find(kind, call.param('id'))
    if (!policy) throw notFound(call.param('id'))
    return policy
  }
  const record = (operation: 'Add' | 'Update' | 'Delete', policy: () => Policy): ChangeRecord => ({
    activity: `${operation} ${o.name}`,
    category: 'Policy',
    operation,
    targets: () => [{ id: policy().id, displayName: policy().displayName ?? null, type: 'Policy' }],
  })
  return [
    {
      call: `GET /${set}`,
      need: need.read,
      fact,
      serve: ({ c }) => answerCollection(c, set, policies.list(kind)),
    },
    {
      call: `POST /${set}`,
      need: need.write,
      fact,
      async serve(call) {
        const wanted = o.check(await call.json())
        let made: Policy | undefined
        call.change(
          record('Add', () => made!),
          () => (made = policies.create(kind, wanted)),
        )
        return answerItem(call.c, set, made!, { status: 201 })
      },
    },
    {
      call: `GET /${set}/:id`,
      need: need.read,
      fact,
      serve: (call) => answerItem(call.c, set, found(call)),
    },
    {
      call: `PATCH /${set}/:id`,
      need: need.write,
      fact,
      async serve(call) {
        const policy = found(call)
        const wanted = o.check({ ...policy, ...(await call.json()) })
        call.change(
          record('Update', () => policy),
          () => policies.update(kind, policy, wanted),
        )
        return call.c.body(null, 204)
      },
    },
    {
      call: `DELETE /${set}/:id`,
      need: need.write,
      fact,
      serve(call) {
        const policy = found(call)
        call.change(
          record('Delete', () => policy),
          () => policies.remove(policy.id),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}
