// What Graph takes and refuses in a user's body. Graph "Create user", "Update user"; user resource.
import { badRequest, missingValue, notModelled } from './contract.ts'
import { invalidValue } from './objects.ts'
import type { NewUser, UserChange } from './users.ts'

const texts: Readonly<Record<string, number>> = {
  ageGroup: 32,
  city: 128,
  companyName: 64,
  consentProvidedForMinor: 32,
  country: 128,
  department: 64,
  employeeId: 16,
  employeeType: 256,
  faxNumber: 64,
  givenName: 64,
  jobTitle: 128,
  mobilePhone: 64,
  officeLocation: 128,
  passwordPolicies: 128,
  postalCode: 40,
  preferredLanguage: 32,
  state: 128,
  streetAddress: 1_024,
  surname: 64,
  usageLocation: 2,
  userType: 32,
}
const readOnly = new Set([
  'id',
  'createdDateTime',
  'deletedDateTime',
  'proxyAddresses',
  'assignedLicenses',
  'signInSessionsValidFromDateTime',
  'lastPasswordChangeDateTime',
])
const otherProperties = new Set(['mail', 'identities', 'onPremisesImmutableId', 'onPremisesExtensionAttributes', 'employeeHireDate', 'aboutMe', 'birthday', 'skills', 'interests']) // prettier-ignore
const main = new Set([
  'accountEnabled',
  'displayName',
  'userPrincipalName',
  'passwordProfile',
  'mailNickname',
])

export interface UserBody extends UserChange {
  readonly password?: string
}

/** @throws {GraphFailure} 400 `Request_BadRequest` naming the property, 501 for a property that is not modelled */
export function checkNewUser(body: Record<string, unknown>, domains: readonly string[]): NewUser {
  for (const name of [
    'accountEnabled',
    'displayName',
    'mailNickname',
    'passwordProfile',
    'userPrincipalName',
  ])
    if (body[name] === undefined || body[name] === null) throw missingValue(name, 'User')
  const { password, ...rest } = checkUser(body, domains)
  if (password === undefined) throw missingValue('password', 'User')
  // A person has a mailbox only once a licence is assigned.
  return { ...rest, password, userPrincipalName: rest.userPrincipalName!, mailboxKind: 'none' }
}

/** `domains`: those a user principal name may have. */
export function checkUser(body: Record<string, unknown>, domains: readonly string[]): UserBody {
  const details: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    if (main.has(name) || name.startsWith('@odata.')) continue
    details[name] = checkDetail(name, value)
  }
  if ('mailNickname' in body) details['mailNickname'] = checkNickname(body['mailNickname'], 'User')
  const { accountEnabled, displayName } = body
  if (accountEnabled !== undefined && typeof accountEnabled !== 'boolean')
    throw invalidValue('accountEnabled', 'User')
  const isName = typeof displayName === 'string' && displayName !== '' && displayName.length <= 256
  if (displayName !== undefined && !isName) throw invalidValue('displayName', 'User')
  return {
    ...(accountEnabled === undefined ? {} : { accountEnabled }),
    ...(isName ? { displayName } : {}),
    ...('userPrincipalName' in body
      ? { userPrincipalName: checkName(body['userPrincipalName'], domains) }
      : {}),
    ...('passwordProfile' in body ? checkPasswordProfile(body['passwordProfile']) : {}),
    details,
  }
}

function checkDetail(name: string, value: unknown): unknown {
  if (readOnly.has(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`)
  if (otherProperties.has(name)) throw notModelled(`the user property ${name}`)
  if (name === 'businessPhones' || name === 'otherMails') {
    const most = name === 'businessPhones' ? 1 : 250
    const fits = Array.isArray(value) && value.length <= most && value.every((one) => isText(one, 256))
    if (!fits) throw invalidValue(name, 'User')
    return value
  }
  const most = texts[name]
  if (most === undefined)
    throw badRequest(`Property '${name}' does not exist as a declared property or extension property.`)
  if (value !== null && !isText(value, most)) throw invalidValue(name, 'User')
  if (name === 'usageLocation' && value !== null && !/^[A-Z]{2}$/i.test(String(value)))
    throw invalidValue(name, 'User')
  if (name === 'userType' && value !== null && !['Member', 'Guest'].includes(String(value)))
    throw invalidValue(name, 'User')
  return value
}

/** A mail alias of a user or a group: at most 64 ASCII characters without `@ () \ [] " ; : . <> , space`; users may have dots. */
export function checkNickname(value: unknown, resource: 'User' | 'Group'): string {
  const refused = resource === 'Group' ? /[@()\\[\]";:.<>, ]/ : /[@()\\[\]";:<>, ]/
  // oxlint-disable-next-line no-control-regex
  if (!isText(value, 64) || value === '' || refused.test(value) || /[^\x00-\x7f]/.test(value))
    throw invalidValue('mailNickname', resource)
  return value
}

function checkName(value: unknown, domains: readonly string[]): string {
  const match = typeof value === 'string' ? /^([A-Za-z0-9'.\-_!#^~]{1,64})@([^@\s]+)$/.exec(value) : null
  if (!match) throw invalidValue('userPrincipalName', 'User')
  if (!domains.includes(match[2]!.toLowerCase()))
    throw badRequest(
      'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.',
    )
  return value as string
}

function checkPasswordProfile(value: unknown): { password?: string; mustChangePassword: boolean } {
  if (typeof value !== 'object' || value === null) throw invalidValue('passwordProfile', 'User')
  const profile = value as Record<string, unknown>
  const must = profile['forceChangePasswordNextSignIn'] ?? true
  if (typeof must !== 'boolean') throw invalidValue('forceChangePasswordNextSignIn', 'User')
  if (profile['forceChangePasswordNextSignInWithMfa'] === true)
    throw notModelled('forceChangePasswordNextSignInWithMfa')
  if (profile['password'] === undefined) return { mustChangePassword: must }
  return { password: checkPassword(profile['password']), mustChangePassword: must }
}

/** Eight to 256 characters, three of the four kinds: Microsoft "Password policies". */
export function checkPassword(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(text)).length
  if (text.length < 8 || text.length > 256 || kinds < 3)
    throw badRequest(
      'The specified password does not comply with password complexity requirements. Please provide a different password.',
    )
  return text
}

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most
