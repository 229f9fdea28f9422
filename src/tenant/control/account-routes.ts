// Users of the control API: created and set; sessions revoked. Account states: ../identity/account-states.ts.
import { isIP } from 'node:net'
import type { Context, Hono } from 'hono'
import { domains, type UserChange, type Users } from '../directory/users.ts'
import type { AccountChange, Accounts } from '../identity/account-states.ts'
import type { TenantClock } from '../context.ts'
import { base, invalid, readJson } from './control-json.ts'

export interface AccountParts {
  readonly users: Users
  readonly accounts: Accounts
  readonly clock: TenantClock
}

type Body = Record<string, unknown>

export function mountAccounts(app: Hono, parts: AccountParts): void {
  const { users, accounts } = parts
  const view = (id: string) => {
    const user = users.find(id)!
    const state = accounts.of(id)
    return {
      id,
      userPrincipalName: user.userPrincipalName,
      password: users.passwordOf(id),
      displayName: user.displayName,
      roles: user.roles,
      mailboxKind: user.mailboxKind,
      accountEnabled: user.accountEnabled,
      userType: state.userType,
      passwordState: state.passwordState,
      mfaRequired: state.mfaRequired,
      mfaRegistered: state.mfaRegistered,
      ipAddress: state.ipAddress,
      locked: state.lockedUntilMs > parts.clock.nowMs(),
    }
  }
  app.get(`${base}/users`, (c) => c.json(users.all().map((user) => view(user.id))))
  app.post(`${base}/users`, async (c) => {
    const body = await readJson(c)
    const name = body['userPrincipalName']
    const domain = typeof name === 'string' ? /^[^@\s]+@([^@\s]+)$/.exec(name)?.[1]?.toLowerCase() : undefined
    if (typeof name !== 'string' || !domain || !domains.includes(domain))
      return invalid(c, `"userPrincipalName" must be an address at ${domains.join(' or ')}`)
    if (users.find(name)) return invalid(c, `there is a user ${name} already`)
    const wrong = checkBody(body)
    if (wrong) return invalid(c, wrong)
    const created = users.create({
      userPrincipalName: name,
      ...(typeof body['displayName'] === 'string' ? { displayName: body['displayName'] } : {}),
      ...(typeof body['password'] === 'string' ? { password: body['password'] } : {}),
      ...(Array.isArray(body['roles']) ? { roles: body['roles'].map(String) } : {}),
      ...(body['mailboxKind'] === 'shared' || body['mailboxKind'] === 'none'
        ? { mailboxKind: body['mailboxKind'] }
        : {}),
      ...(Array.isArray(body['fullAccess'])
        ? { fullAccess: body['fullAccess'].map((one) => users.find(String(one))?.id ?? String(one)) }
        : {}),
      ...(typeof body['accountEnabled'] === 'boolean' ? { accountEnabled: body['accountEnabled'] } : {}),
    })
    accounts.change(created.id, stateOf(body, parts.clock))
    return c.json(view(created.id), 201)
  })
  app.patch(`${base}/users/:user`, async (c) => {
    const user = users.find(c.req.param('user'))
    if (!user) return noUser(c)
    const body = await readJson(c)
    const wrong = checkBody(body, settable)
    if (wrong) return invalid(c, wrong)
    users.update(user.id, changeOf(body))
    if (typeof body['password'] === 'string') accounts.setPassword(user.id, body['password'])
    accounts.change(user.id, stateOf(body, parts.clock))
    return c.json(view(user.id))
  })
  app.post(`${base}/users/:user/revoke`, (c) => {
    const user = users.find(c.req.param('user'))
    if (!user) return noUser(c)
    users.revokeSessions(user.id)
    return c.json(view(user.id))
  })
}

const noUser = (c: Context): Response => invalid(c, `there is no user ${c.req.param('user')}`)

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && value.length <= 256
const isSwitch = (value: unknown): boolean => typeof value === 'boolean'
const oneOf =
  (...values: string[]) =>
  (value: unknown): boolean =>
    values.includes(String(value))

/** What may be set of a user, and what its value must be. */
const settable: Readonly<Record<string, (value: unknown) => boolean>> = {
  displayName: isText,
  password: isText,
  roles: (value) => Array.isArray(value) && value.every(isText),
  mailboxKind: oneOf('user', 'shared', 'none'),
  accountEnabled: isSwitch,
  userType: oneOf('Member', 'Guest'),
  passwordState: oneOf('good', 'expired', 'must-change'),
  mfaRequired: isSwitch,
  mfaRegistered: isSwitch,
  ipAddress: (value) => typeof value === 'string' && isIP(value) !== 0,
  locked: isSwitch,
}

const creatable = {
  ...settable,
  userPrincipalName: isText,
  fullAccess: (value: unknown) => Array.isArray(value),
}

function checkBody(body: Body, known: typeof settable = creatable): string | undefined {
  for (const [name, value] of Object.entries(body)) {
    const isGood = Object.hasOwn(known, name) ? known[name] : undefined
    if (!isGood?.(value)) return `"${name}" cannot be ${JSON.stringify(value).slice(0, 100)}`
  }
  return undefined
}

function changeOf(body: Body): UserChange {
  const { displayName, roles, mailboxKind, accountEnabled } = body as UserChange
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(roles === undefined ? {} : { roles }),
    ...(mailboxKind === undefined ? {} : { mailboxKind }),
    ...(accountEnabled === undefined ? {} : { accountEnabled }),
  }
}

/** Locked by hand lasts until it is taken away: a hundred years of tenant time. */
const handLockMs = 100 * 365 * 86_400_000

function stateOf(body: Body, clock: TenantClock): AccountChange {
  const { passwordState, mfaRequired, mfaRegistered, userType, ipAddress, locked } = body as AccountChange & {
    locked?: boolean
  }
  return {
    ...(passwordState === undefined ? {} : { passwordState }),
    ...(mfaRequired === undefined ? {} : { mfaRequired }),
    ...(mfaRegistered === undefined ? {} : { mfaRegistered }),
    ...(userType === undefined ? {} : { userType }),
    ...(ipAddress === undefined ? {} : { ipAddress }),
    ...(locked === undefined ? {} : { lockedUntilMs: locked ? clock.nowMs() + handLockMs : 0 }),
  }
}
