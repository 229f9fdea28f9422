// Users: made, set, removed; their passwords, sessions and states. Account states: ../identity/account-states.ts.
import { isIP } from 'node:net'
import { inviteGuest } from '../directory/guests.ts'
import type { AccountChange } from '../identity/account-states.ts'
import { randomBytes } from 'node:crypto'
import { ControlFailure, invalid } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { operation, type Operation, type Shape } from './operation.ts'

const ada = { path: { user: 'ada@contoso.example' } }
const nina = { path: { user: 'nina@contoso.example' } }

export const userOperations: readonly Operation[] = [
  operation({
    id: 'listUsers',
    call: 'GET /users',
    does: 'Lists people with the states of their accounts',
    answer: 'Users',
    examples: [{}],
    serve: ({ parts }) => parts.users.all().map((user) => viewUser(parts, user.id)),
  }),
  operation({
    id: 'createUser',
    call: 'POST /users',
    does: 'Adds a person; draws a password if none is given',
    body: 'NewUser',
    answer: 'User',
    status: 201,
    examples: [{ body: { userPrincipalName: 'nina@contoso.example', mfaRequired: true } }],
    serve({ parts, body }) {
      if (parts.users.find(body.userPrincipalName))
        throw new ControlFailure('control/exists', `there is a user ${body.userPrincipalName} already`)
      return parts.context.transaction(() => createUser(parts, body))
    },
  }),
  operation({
    id: 'inviteGuest',
    call: 'POST /invitations',
    does: 'Invites a person of elsewhere as a guest; who is known to another tenant here signs in with the password of home',
    body: 'NewGuest',
    answer: 'User',
    status: 201,
    examples: [{ body: { address: 'zoe@fabrikam.example', displayName: 'Zoe' } }],
    serve({ parts, body }) {
      const [, domain] = body.address.toLowerCase().split('@')
      if (parts.context.tenant.domains.includes(domain!))
        throw invalid('"address" is of this tenant: only people of elsewhere are guests')
      return viewUser(parts, parts.context.transaction(() => inviteGuest(parts, body)).id)
    },
  }),
  operation({
    id: 'getUser',
    call: 'GET /users/:user',
    does: 'Shows one person, by id or user principal name',
    answer: 'User',
    examples: [ada],
    serve: ({ parts, param }) => viewUser(parts, findUser(parts, param('user')).id),
  }),
  operation({
    id: 'setUser',
    call: 'PATCH /users/:user',
    does: 'Sets what is given: name, roles, mailbox, password, and the states of the account',
    body: 'UserChange',
    answer: 'User',
    examples: [
      { ...ada, body: { passwordState: 'must-change', mfaRequired: true, ipAddress: '203.0.113.9' } },
      { ...ada, body: { passwordState: 'good', mfaRequired: false } },
    ],
    serve: ({ parts, param, body }) =>
      parts.context.transaction(() => setUser(parts, findUser(parts, param('user')).id, body)),
  }),
  operation({
    id: 'resetPassword',
    call: 'POST /users/:user/reset-password',
    does: 'Sets a password as an administrator does; sign-ins on the old one end',
    body: 'PasswordReset',
    answer: 'User',
    examples: [{ ...nina, body: { mustChange: false } }],
    serve({ parts, param, body }) {
      const { id } = findUser(parts, param('user'))
      return parts.context.transaction(() => {
        parts.accounts.setPassword(id, body.password ?? randomBytes(12).toString('base64url'))
        if (body.mustChange ?? true) parts.accounts.change(id, { passwordState: 'must-change' })
        return viewUser(parts, id)
      })
    },
  }),
  operation({
    id: 'revokeUser',
    call: 'POST /users/:user/revoke',
    does: 'Ends all sign-ins of a person, as revokeSignInSessions does',
    answer: 'User',
    examples: [nina],
    serve({ parts, param }) {
      const { id } = findUser(parts, param('user'))
      parts.users.revokeSessions(id)
      return viewUser(parts, id)
    },
  }),
  operation({
    id: 'deleteUser',
    call: 'DELETE /users/:user',
    does: 'Puts a person into the recycle bin, from where Graph restores them for 30 days',
    answer: 'Removed',
    examples: [nina],
    serve({ parts, param }) {
      parts.users.remove(findUser(parts, param('user')).id)
      return { removed: 1 }
    },
  }),
]

/** @throws {ControlFailure} `control/not-found` */
export function findUser({ users }: ControlParts, name: string) {
  const user = users.find(name)
  if (!user) throw new ControlFailure('control/not-found', `there is no user ${name}`)
  return user
}

export function viewUser({ users, accounts, clock }: ControlParts, id: string): Shape<'User'> {
  const user = users.find(id)!
  const state = accounts.of(id)
  return {
    id,
    userPrincipalName: user.userPrincipalName,
    password: users.passwordOf(id),
    displayName: user.displayName,
    roles: [...user.roles],
    mailboxKind: user.mailboxKind,
    accountEnabled: user.accountEnabled,
    userType: state.userType,
    passwordState: state.passwordState,
    mfaRequired: state.mfaRequired,
    mfaRegistered: state.mfaRegistered,
    ipAddress: state.ipAddress,
    locked: state.lockedUntilMs > clock.nowMs(),
  }
}

/** @throws {ControlFailure} `control/invalid`, `control/not-found` */
export function createUser(parts: ControlParts, body: Shape<'NewUser'>): Shape<'User'> {
  const { domains } = parts.context.tenant
  const domain = body.userPrincipalName.split('@')[1]!.toLowerCase()
  if (!domains.includes(domain))
    throw invalid(`"userPrincipalName" must be an address at ${domains.join(' or ')}`)
  const { fullAccess, ...change } = body
  const { id } = parts.users.create({
    ...change,
    ...(fullAccess ? { fullAccess: fullAccess.map((one) => findUser(parts, one).id) } : {}),
  })
  parts.accounts.change(id, stateOf(change, parts))
  return viewUser(parts, id)
}

/** @throws {ControlFailure} `control/invalid` */
export function setUser(parts: ControlParts, id: string, body: Shape<'UserChange'>): Shape<'User'> {
  const { displayName, roles, mailboxKind, accountEnabled, password } = body
  parts.users.update(id, { displayName, roles, mailboxKind, accountEnabled })
  if (password !== undefined) parts.accounts.setPassword(id, password)
  parts.accounts.change(id, stateOf(body, parts))
  return viewUser(parts, id)
}

/** Locked by hand lasts until it is taken away: a hundred years of tenant time. */
const handLockMs = 100 * 365 * 86_400_000

/** Only what is given: what is `undefined` would count as a change. */
function stateOf(body: Shape<'UserChange'>, { clock }: ControlParts): AccountChange {
  const { passwordState, mfaRequired, mfaRegistered, userType, ipAddress, locked } = body
  if (ipAddress !== undefined && isIP(ipAddress) === 0) throw invalid('"ipAddress" is no IP address')
  const change = {
    passwordState,
    mfaRequired,
    mfaRegistered,
    userType,
    ipAddress,
    lockedUntilMs: locked === undefined ? undefined : locked ? clock.nowMs() + handLockMs : 0,
  }
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}
