// The few scopes that sign-in needs, apart from the long list in permissions.ts so that a command starts fast.
// Source: portal.md §0 (the seed's six); Microsoft "Manage app consent policies", microsoft-user-default-recommended. Read 2026-11-24.

export const graphAppId = '00000003-0000-0000-c000-000000000000'
export const exchangeAppId = '00000002-0000-0ff1-ce00-000000000000'

/** The six delegated permissions of the procedure this project is built on. */
export const seedScopes = [
  'offline_access',
  'openid',
  'profile',
  'User.Read',
  'Mail.ReadWrite',
  'Mail.Send',
] as const

/** OpenID Connect's own scopes: never qualified with a resource, and the first is never in a token answer's `scope`. */
export const openIdScopes: ReadonlySet<string> = new Set(['offline_access', 'openid', 'profile', 'email'])

/**
 * Delegated permissions that ordinary users may not consent to under the Microsoft-managed policy, although
 * their admin-consent flag says no. Mail.Send, Mail.Send.Shared and Contacts.Read are deliberately absent.
 */
export const userConsentBlocked: ReadonlySet<string> = new Set([
  'Files.Read.All', 'Files.ReadWrite.All', 'Sites.Read.All', 'Sites.ReadWrite.All',
  'Mail.Read', 'Mail.ReadWrite', 'Mail.ReadBasic', 'Mail.Read.Shared', 'Mail.ReadBasic.Shared', 'Mail.ReadWrite.Shared',
  'MailboxItem.Read', 'MailboxFolder.Read', 'MailboxFolder.ReadWrite', 'MailboxSettings.Read', 'MailboxSettings.ReadWrite',
  'Calendars.Read', 'Calendars.ReadBasic', 'Calendars.ReadWrite', 'Calendars.Read.Shared', 'Calendars.ReadWrite.Shared',
  'Chat.Read', 'Chat.ReadWrite', 'OnlineMeetings.Read', 'OnlineMeetings.ReadWrite',
  'Contacts.ReadWrite', 'Contacts.Read.Shared', 'Contacts.ReadWrite.Shared',
  'Tasks.Read', 'Tasks.ReadWrite', 'Tasks.Read.Shared', 'Tasks.ReadWrite.Shared', 'People.Read',
  'EAS.AccessAsUser.All', 'EWS.AccessAsUser.All', 'IMAP.AccessAsUser.All', 'POP.AccessAsUser.All',
]) // prettier-ignore
