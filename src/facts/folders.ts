// Source: Microsoft Graph "mailFolder resource type"; the display names are those of an English mailbox. Read 2026-11-24.

/** Names that Graph accepts instead of a folder id, in any letter case and any language, with their English display names. */
export const wellKnownFolders = {
  archive: 'Archive',
  clutter: 'Clutter',
  conflicts: 'Conflicts',
  conversationhistory: 'Conversation History',
  deleteditems: 'Deleted Items',
  drafts: 'Drafts',
  inbox: 'Inbox',
  junkemail: 'Junk Email',
  localfailures: 'Local Failures',
  msgfolderroot: 'Top of Information Store',
  outbox: 'Outbox',
  recoverableitemsdeletions: 'Deletions',
  recoverableitemspurges: 'Purges',
  scheduled: 'Scheduled',
  searchfolders: 'Search Folders',
  sentitems: 'Sent Items',
  serverfailures: 'Server Failures',
  syncissues: 'Sync Issues',
} as const

export type WellKnownFolder = keyof typeof wellKnownFolders

/** The well-known name for what a person typed: `Inbox`, `Deleted Items` and `deleteditems` alike. */
export function wellKnownFolderFor(text: string): WellKnownFolder | undefined {
  const squeezed = text.replaceAll(' ', '').toLowerCase()
  for (const [name, displayName] of Object.entries(wellKnownFolders)) {
    if (name === squeezed || displayName.replaceAll(' ', '').toLowerCase() === squeezed)
      return name as WellKnownFolder
  }
  return undefined
}
