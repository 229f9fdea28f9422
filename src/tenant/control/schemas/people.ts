import * as v from 'valibot'
import { about, text } from './words.ts'

const mailboxKind = v.picklist(['user', 'shared', 'none'])
const userType = v.picklist(['Member', 'Guest'])
const passwordState = v.picklist(['good', 'expired', 'must-change'])
const address = v.pipe(v.string(), v.maxLength(256), v.regex(/^[^@\s]+@[^@\s]+$/, 'must be an address'))
/** The route checks it again: a pattern for both families would be unreadable. */
const ipAddress = v.pipe(v.string(), v.regex(/^[\da-fA-F:.]{2,45}$/, 'must be an IP address'))

const change = {
  displayName: v.optional(text),
  password: v.optional(text),
  roles: v.optional(about(v.array(text), 'Names of directory roles.')),
  mailboxKind: v.optional(mailboxKind),
  accountEnabled: v.optional(v.boolean()),
  userType: v.optional(userType),
  passwordState: v.optional(passwordState),
  mfaRequired: v.optional(about(v.boolean(), 'Asked for a second factor at every sign-in.')),
  mfaRegistered: v.optional(v.boolean()),
  ipAddress: v.optional(about(ipAddress, 'Where this person’s browser seems to be.')),
  locked: v.optional(about(v.boolean(), 'Locked out until it is taken away.')),
}

export const User = v.strictObject({
  id: text,
  userPrincipalName: text,
  password: about(v.string(), 'For practice: shown on purpose.'),
  displayName: v.string(),
  roles: v.array(v.string()),
  mailboxKind,
  accountEnabled: v.boolean(),
  userType,
  passwordState,
  mfaRequired: v.boolean(),
  mfaRegistered: v.boolean(),
  ipAddress: v.string(),
  locked: v.boolean(),
})

export const UserChange = v.strictObject(change)

export const NewUser = v.strictObject({
  userPrincipalName: address,
  ...change,
  fullAccess: v.optional(about(v.array(text), 'Who may open this mailbox: users by id or name.')),
})

export const NewGuest = v.strictObject({ address, displayName: v.optional(text) })

export const PasswordReset = v.strictObject({
  password: v.optional(about(text, 'One is drawn if not given.')),
  mustChange: v.optional(about(v.boolean(), 'The next sign-in must set another. Default true.')),
})
