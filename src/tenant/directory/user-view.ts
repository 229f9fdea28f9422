// A user as Graph shows it: eleven properties unless $select asks for more. Graph: user resource.
import type { DirectoryUser } from '../context.ts'
import type { Users } from './users.ts'

/** What a user shows when nothing is selected. */
export const defaultUserProperties = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
] as const

export function userView(user: DirectoryUser, users: Users): Record<string, unknown> {
  const [first = null, ...rest] = user.displayName.split(' ')
  const at = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
  const createdMs = users.createdMs(user.id)
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName: first,
    jobTitle: null,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: rest.join(' ') || null,
    userPrincipalName: user.userPrincipalName,
    accountEnabled: user.accountEnabled,
    ageGroup: null,
    city: null,
    companyName: null,
    consentProvidedForMinor: null,
    country: null,
    createdDateTime: at(createdMs),
    deletedDateTime: null,
    department: null,
    employeeId: null,
    employeeType: null,
    faxNumber: null,
    mailNickname: user.userPrincipalName.split('@')[0],
    onPremisesSyncEnabled: null,
    otherMails: [],
    passwordPolicies: null,
    postalCode: null,
    proxyAddresses: user.mail ? [`SMTP:${user.mail}`] : [],
    state: null,
    streetAddress: null,
    usageLocation: null,
    userType: 'Member',
    ...users.details(user.id),
    signInSessionsValidFromDateTime: at(users.sessionsValidFromMs(user.id) || createdMs),
    lastPasswordChangeDateTime: at(users.passwordChangedMs(user.id) || createdMs),
    id: user.id,
  }
}
