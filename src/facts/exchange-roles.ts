// Exchange's roles for applications (RBAC for Applications) and what each grants, and what an application access policy covers.
// Sources: Microsoft "Role Based Access Control for Applications in Exchange Online", table "Supported application roles";
// "Limit mailbox access" (entra.md section 9). Read 2026-11-25.

/** Role → the application permissions of Graph (or Exchange) it grants within its scope. */
export const exchangeApplicationRoles: ReadonlyMap<string, readonly string[]> = new Map([
  ['Application Mail.Read', ['Mail.Read']],
  ['Application Mail.ReadBasic', ['Mail.ReadBasic']],
  ['Application Mail.ReadWrite', ['Mail.ReadWrite']],
  ['Application Mail.Send', ['Mail.Send']],
  ['Application Mail-Advanced.ReadWrite.All', ['Mail-Advanced.ReadWrite.All']],
  ['Application MailboxSettings.Read', ['MailboxSettings.Read']],
  ['Application MailboxSettings.ReadWrite', ['MailboxSettings.ReadWrite']],
  ['Application Calendars.Read', ['Calendars.Read']],
  ['Application Calendars.ReadWrite', ['Calendars.ReadWrite']],
  ['Application Contacts.Read', ['Contacts.Read']],
  ['Application Contacts.ReadWrite', ['Contacts.ReadWrite']],
  ['Application MailboxFolder.Read', ['MailboxFolder.Read.All']],
  ['Application MailboxFolder.ReadWrite', ['MailboxFolder.ReadWrite.All']],
  ['Application MailboxItem.Read', ['MailboxItem.Read.All']],
  ['Application MailboxItem.ReadWrite', ['MailboxItem.ReadWrite.All']],
  ['Application MailboxItem.Export', ['MailboxItem.Export.All']],
  ['Application MailboxItem.ImportExport', ['MailboxItem.ImportExport.All']],
  ['Application Mail Full Access', ['Mail.ReadWrite', 'Mail.Send']],
  [
    'Application Exchange Full Access',
    ['Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite', 'Calendars.ReadWrite', 'Contacts.ReadWrite'],
  ],
  ['Application EWS.AccessAsApp', ['EWS.AccessAsApp']],
  ['Application SMTP.SendAsApp', ['SMTP.SendAsApp']],
])

/** True for an Entra permission that application access policies limit; the others are out of their reach. */
export function isUnderAccessPolicies(permission: string): boolean {
  return (
    /^(Mail\.(Read|ReadBasic|ReadBasic\.All|ReadWrite|Send)|(MailboxSettings|Calendars|Contacts)\.\w+)$/.test(
      permission,
    ) || permission === 'full_access_as_app'
  )
}

/**
 * How long changes take, milliseconds. A policy: "can take longer than 1 hour" in one text, 30 minutes in an older one; one hour
 * here. RBAC: the cache of an application ends after 30 minutes without a call, after two hours at the latest.
 */
export const exchangeDelays = {
  accessPolicyMs: 60 * 60_000,
  rbacIdleMs: 30 * 60_000,
  rbacBusyMs: 120 * 60_000,
} as const

/** Directory roles that may run every cmdlet here, and those that may only read. Source: "Exchange Online permissions". */
export const exchangeAdministrators = ['Exchange Administrator', 'Global Administrator'] as const
export const exchangeReaders = ['Global Reader', 'Security Reader', 'Security Administrator'] as const
