// Where the facts of a call stand, for routers that do not say so themselves. The first pattern that fits counts.
const identity: readonly (readonly [RegExp, string])[] = [
  [/\.well-known/, 'entra.md 1.4; OIDC Discovery 4'],
  [/\/discovery\/instance/, 'entra.md 1.3'],
  [/\/discovery\/(v2\.0\/)?keys/, 'entra.md 1.5'],
  [/userrealm/, 'entra.md 1.2'],
  [/\/oauth2\/(v2\.0\/)?authorize/, 'entra.md 2'],
  [/\/oauth2\/(v2\.0\/)?token/, 'entra.md 4'],
  [/devicecode|devicelogin|deviceauth/i, 'entra.md 5; RFC 8628'],
  [/adminconsent/, 'entra.md 5'],
  [/logout/, 'entra.md 5'],
  [/\/login$|\/kmsi|\/consent/, 'portal.md 1.1, 1.11'],
  [/userinfo/, 'entra.md 1.2; OIDC Core 5.3'],
  [/^\/error$/, 'entra.md 1.2'],
]
const graph: readonly (readonly [RegExp, string])[] = [
  [/\$batch$/, 'graph-mail.md 5'],
  [/attachments|attachmentsessions|createuploadsession/i, 'graph-mail.md 7'],
  [/\/(send|sendmail|reply|replyall|forward|createreply|createreplyall|createforward)$/i, 'graph-mail.md 8'],
  [/delta/i, 'graph-mail.md 4'],
  [/subscriptions/i, 'graph-mail.md 9'],
  [/^\/me\/(messages|mailfolders)/i, 'graph-mail.md 1'],
]
const ours: readonly (readonly [RegExp, string])[] = [
  [/^\/_letterlock\//, 'ours: docs/adr/0006'],
  [/^\/(favicon\.ico)?$/, 'ours: design section 3'],
  [/^\/(subscriptions|tenants)(\?|$|\/)/i, 'Azure Resource Manager "Subscriptions - List", "Tenants - List"'],
  [/adminapi/i, 'entra.md 9'],
]

export function factOf(path: string): string | undefined {
  return [...ours, ...identity, ...graph].find(([pattern]) => pattern.test(path))?.[1]
}

/** Where the facts of a Graph error stand. */
export function factOfGraphError(code: string): string {
  if (/^(Authorization_|Request_|Directory_|HostName|CannotDelete|Domain|Property|Permission)/.test(code))
    return 'entra.md 8.1; Graph "Error responses"'
  if (code.startsWith('control/')) return 'ours: docs/adr/0006'
  return 'graph-mail.md 10'
}
