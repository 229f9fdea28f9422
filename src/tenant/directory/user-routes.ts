// /users and /me. Graph "List users", "Create user", "Update user", "revokeSignInSessions", "changePassword".
import { GraphFailure, type DirectoryUser } from '../context.ts'
import {
  badRequest,
  type Call,
  denied,
  type DirectoryParts,
  globalAdministrator,
  readsOnlySelf,
  type Route,
} from './contract.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerCount, answerItem, contextUrl } from './odata.ts'
import { checkNewUser, checkPassword, checkUser } from './user-body.ts'
import { defaultUserProperties, userView } from './user-view.ts'

const writeAll = ['User.ReadWrite.All', 'Directory.ReadWrite.All']
const passwordWrite = ['User-PasswordProfile.ReadWrite.All', 'Directory.AccessAsUser.All']
const enableWrite = ['User.EnableDisableAccount.All']
const passwordRoles = [
  'User Administrator',
  'Helpdesk Administrator',
  'Password Administrator',
  'Authentication Administrator',
  'Privileged Authentication Administrator',
]
const phoneWrite = ['User-Phone.ReadWrite.All', 'User.ReadWrite']
const mailWrite = ['User-Mail.ReadWrite.All']
const need = {
  read: {},
  create: { roles: ['User Administrator'] },
  /** By property: see refuseUpdate. */
  update: {
    delegated: [...writeAll, ...passwordWrite, ...enableWrite, ...phoneWrite, ...mailWrite],
    application: [...writeAll, ...passwordWrite, ...enableWrite, 'User-Phone.ReadWrite.All', ...mailWrite],
  },
  delete: { roles: ['User Administrator'] },
  revoke: { roles: passwordRoles },
  own: {},
}
/** What only a Global Administrator changes on a person who holds a directory role. */
const sensitive = new Set([
  'accountEnabled',
  'businessPhones',
  'mobilePhone',
  'otherMails',
  'passwordProfile',
  'userPrincipalName',
])
const shape = { defaults: defaultUserProperties }

export function userRoutes(parts: DirectoryParts): readonly Route[] {
  return [...readRoutes(parts), ...writeRoutes(parts), ...sessionRoutes(parts)]
}

function readRoutes({ context, users }: DirectoryParts): readonly Route[] {
  const view = (user: DirectoryUser) => userView(user, users)
  return [
    {
      call: 'GET /me',
      need: need.read,
      fact: 'Graph "Get a user"',
      serve: (call) => answerItem(call.c, 'users', view(self(call, context.findUser)), { ...shape }),
    },
    {
      call: 'GET /users',
      need: need.read,
      fact: 'Graph "List users"',
      serve: ({ c }) => answerCollection(c, 'users', context.allUsers().map(view), shape),
    },
    {
      call: 'GET /users/$count',
      need: need.read,
      fact: 'Graph "Advanced query capabilities"',
      serve: ({ c }) => answerCount(c, 'users', context.allUsers().map(view)),
    },
    {
      call: 'GET /users/:id',
      need: need.read,
      fact: 'Graph "Get a user"',
      serve(call) {
        const user = context.findUser(call.param('id'))
        if (!user) throw notFound(call.param('id'))
        const { caller } = call
        if (readsOnlySelf(call) && user.id !== caller.userId) throw denied()
        return answerItem(call.c, 'users', view(user), shape)
      },
    },
  ]
}

function writeRoutes(parts: DirectoryParts): readonly Route[] {
  const { context, users } = parts
  const found = finder(parts)
  return [
    {
      call: 'POST /users',
      need: need.create,
      fact: 'Graph "Create user"',
      async serve(call) {
        const body = checkNewUser(await call.json(), context.tenant.domains)
        refuseTakenName(parts, body.userPrincipalName)
        let made: DirectoryUser | undefined
        call.change(
          { ...userRecord('Add user', 'Add'), targets: () => [target(made!)] },
          () => (made = users.create(body)),
        )
        return answerItem(call.c, 'users', userView(made!, users), { ...shape, status: 201 })
      },
    },
    {
      call: 'PATCH /users/:id',
      need: need.update,
      fact: 'Graph "Update user"',
      async serve(call) {
        const user = found(call)
        const json = await call.json()
        const body = checkUser(json, context.tenant.domains)
        refuseUpdate(call, user, Object.keys(json))
        if (body.userPrincipalName) refuseTakenName(parts, body.userPrincipalName, user.id)
        const activity = body.password === undefined ? 'Update user' : 'Reset user password'
        const modified = Object.keys(json)
        call.change({ ...userRecord(activity, 'Update'), targets: () => [target(user, modified)] }, () => {
          if (body.password !== undefined)
            users.setPassword(user.id, body.password, { mustChange: body.mustChangePassword ?? true })
          users.update(user.id, body)
        })
        return call.c.body(null, 204)
      },
    },
    {
      call: 'DELETE /users/:id',
      need: need.delete,
      fact: 'Graph "Delete a user"',
      serve(call) {
        const user = found(call)
        refuseAboveCaller(call, user)
        call.change({ ...userRecord('Delete user', 'Delete'), targets: () => [target(user)] }, () =>
          users.remove(user.id),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

function sessionRoutes(parts: DirectoryParts): readonly Route[] {
  const { context, users } = parts
  const found = finder(parts)
  const revoke = (call: Call, user: DirectoryUser): Response => {
    const record = {
      ...userRecord('Update StsRefreshTokenValidFrom Timestamp', 'Update'),
      targets: () => [target(user)],
    }
    call.change(record, () => users.revokeSessions(user.id))
    return call.c.json({ '@odata.context': contextUrl(call.c, 'Edm.Boolean'), value: true })
  }
  return [
    {
      call: 'POST /users/:id/revokeSignInSessions',
      need: need.revoke,
      fact: 'Graph "user: revokeSignInSessions"',
      serve(call) {
        const user = found(call)
        refuseAboveCaller(call, user)
        return revoke(call, user)
      },
    },
    {
      call: 'POST /me/revokeSignInSessions',
      need: need.own,
      fact: 'Graph "user: revokeSignInSessions"',
      serve: (call) => revoke(call, self(call, context.findUser)),
    },
    {
      call: 'POST /me/changePassword',
      need: need.own,
      fact: 'Graph "user: changePassword"',
      async serve(call) {
        const user = self(call, context.findUser)
        const { currentPassword, newPassword } = await call.json()
        if (currentPassword !== users.passwordOf(user.id))
          throw badRequest('The specified current password does not match the stored password.')
        const password = checkPassword(newPassword)
        const record = { ...userRecord('Change user password', 'Update'), targets: () => [target(user)] }
        call.change(record, () => users.setPassword(user.id, password, { mustChange: false }))
        return call.c.body(null, 204)
      },
    },
  ]
}

const finder =
  ({ context }: DirectoryParts) =>
  (call: Call): DirectoryUser => {
    const user = context.findUser(call.param('id'))
    if (!user) throw notFound(call.param('id'))
    return user
  }

function self({ caller }: Call, find: (id: string) => DirectoryUser | undefined): DirectoryUser {
  if (!caller.userId)
    throw new GraphFailure(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  return find(caller.userId)!
}

/** Which permissions change which properties: some have permissions of their own. Graph "Update user". */
const writtenBy: Readonly<Record<string, readonly string[]>> = {
  passwordProfile: passwordWrite,
  accountEnabled: [...writeAll, ...enableWrite],
  businessPhones: [...writeAll, ...phoneWrite],
  mobilePhone: [...writeAll, ...phoneWrite],
  otherMails: [...writeAll, ...mailWrite],
}

function refuseUpdate(call: Call, user: DirectoryUser, changed: readonly string[]): void {
  const { caller, permissions } = call
  for (const name of changed)
    if (!permissions.some((one) => (writtenBy[name] ?? writeAll).includes(one))) throw denied()
  const isSelf = caller.userId === user.id
  // A person without a role changes their own phone numbers; with User.ReadWrite alone nobody else's.
  if (permissions.every((one) => one === 'User.ReadWrite') && !isSelf) throw denied()
  const isOwnPhone = isSelf && changed.every((name) => /phone/i.test(name))
  const onlyPassword = changed.every((name) => name === 'passwordProfile')
  const roles = onlyPassword ? passwordRoles : ['User Administrator']
  if (caller.kind === 'user' && !isOwnPhone && !call.holdsRole(roles)) throw denied()
  if (changed.some((name) => sensitive.has(name)) && !isOwnPhone) refuseAboveCaller(call, user)
}

/** Only a Global Administrator changes, resets or deletes a person who holds a directory role ("Who can perform sensitive actions"). */
function refuseAboveCaller(call: Call, user: DirectoryUser): void {
  if (user.roles.length > 0 && !call.holdsRole([globalAdministrator])) throw denied()
}

function refuseTakenName({ context }: DirectoryParts, name: string, ownId?: string): void {
  const taken = context.findUser(name)
  if (taken && taken.id !== ownId)
    throw badRequest('Another object with the same value for property userPrincipalName already exists.')
}

const userRecord = (activity: string, operation: 'Add' | 'Update' | 'Delete') =>
  ({ activity, operation, category: 'UserManagement' }) as const
const target = (user: DirectoryUser, modified: readonly string[] = []) =>
  ({
    id: user.id,
    displayName: user.displayName,
    type: 'User',
    userPrincipalName: user.userPrincipalName,
    modified,
  }) as const
