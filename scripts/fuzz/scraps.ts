// What malformed requests are made of, and the dice that put them together.

export interface Dice {
  /** 0 ≤ x < 1 */
  next(): number
  pick<T>(from: readonly T[]): T
  chance(probability: number): boolean
}

/** A small seeded generator (mulberry32), so that a failure can be run again with its seed. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    pick: (from) => from[Math.floor(next() * from.length)]!,
    chance: (probability) => next() < probability,
  }
}

/** Texts that parsers stumble over. */
export const scraps: readonly string[] = [
  '',
  ' ',
  '\0',
  '%',
  '%00',
  '%ZZ',
  '../../etc/passwd',
  "' or 1=1 --",
  "O''Neil",
  '"',
  '<script>alert(1)</script>',
  '{',
  '[]',
  'null',
  'undefined',
  '{"a":',
  '9'.repeat(400),
  'ä\u202e',
  '\ud800'.toWellFormed(),
  '\u{1f600}'.repeat(50),
  '-1',
  '0',
  '1e309',
  'NaN',
  'true',
  '2026-02-30T25:61:61Z',
  '275760-09-14T00:00:00Z',
  'A'.repeat(5_000),
  '(' + '('.repeat(300),
  '__proto__',
  'constructor',
  'toString',
  'https://evil.example/\r\nx: y',
  '00000000-0000-0000-0000-000000000000',
]

const words = [
  'displayName', 'id', 'appId', 'createdDateTime', 'isRead', 'receivedDateTime', 'from/emailAddress/address', 'subject', 'identifierUris',
  'eq', 'ne', 'ge', 'le', 'and', 'or', 'not', 'in', 'has', 'startswith(', 'endswith(', 'contains(', 'any(x:x', 'all(', '(', ')', ',', '/', "'", "''", "'a'",
  'null', 'true', '2026-01-01T00:00:00Z', '1', '-1', 'asc', 'desc', '"displayName:x"', '$count', '*', 'members', 'owners', '$it', 'microsoft.graph.user', ';',
] // prettier-ignore

/** An OData string that is nearly one, or nothing like it. */
export const odataText = (dice: Dice): string =>
  dice.chance(0.3)
    ? dice.pick(scraps)
    : Array.from({ length: 1 + Math.floor(dice.next() * 8) }, () => dice.pick(words)).join(
        dice.pick([' ', '', '  ']),
      )

const keys = [
  'displayName', 'userPrincipalName', 'mailNickname', 'accountEnabled', 'passwordProfile', 'password', 'appId', 'principalId', 'resourceId', 'appRoleId',
  'clientId', 'consentType', 'scope', 'publicClient', 'web', 'spa', 'redirectUris', 'identifierUris', 'requiredResourceAccess', 'resourceAppId', 'resourceAccess',
  'keyCredentials', 'key', 'passwordCredential', 'keyId', 'endDateTime', 'api', 'oauth2PermissionScopes', 'appRoles', 'name', 'issuer', 'subject', 'audiences',
  '@odata.id', '@odata.type', 'members@odata.bind', 'conditions', 'grantControls', 'builtInControls', 'users', 'includeUsers', 'ipRanges', 'cidrAddress', 'isTrusted',
  'message', 'body', 'contentType', 'content', 'toRecipients', 'emailAddress', 'address', 'from', 'isRead', 'categories', 'flag', 'importance', 'destinationId', 'comment',
  'AttachmentItem', 'contentBytes', 'size', 'parentFolderId', 'singleValueExtendedProperties', 'internetMessageHeaders', 'requests', 'method', 'url', 'headers', 'dependsOn',
  'CmdletInput', 'CmdletName', 'Parameters', 'settings', 'roles', 'nowMs', 'advanceMs', 'match', 'status', 'rate', '__proto__', 'roleDefinitionId', 'directoryScopeId', 'addLicenses',
] // prettier-ignore

/** A JSON value of known names in wrong places. */
function jsonValue(dice: Dice, depth: number): unknown {
  const kind = dice.next()
  if (depth > 0 && kind < 0.3) {
    const made: Record<string, unknown> = {}
    for (let n = Math.floor(dice.next() * 5); n >= 0; n--)
      Object.defineProperty(made, dice.pick(keys), {
        value: jsonValue(dice, depth - 1),
        enumerable: true,
        configurable: true,
      })
    return made
  }
  if (depth > 0 && kind < 0.45)
    return Array.from({ length: Math.floor(dice.next() * 4) }, () => jsonValue(dice, depth - 1))
  if (kind < 0.75) return dice.pick(scraps)
  return dice.pick([null, true, false, 0, -1, 1.5, 1e308, 'Mail.Read', 'Scope', 'POST', '/me'])
}

/** The text of a JSON body: whole, cut off, or something else. */
export function jsonText(dice: Dice): string {
  if (dice.chance(0.15)) return dice.pick(scraps)
  let value = jsonValue(dice, 4)
  while (dice.chance(0.8) && (value === null || typeof value !== 'object')) value = jsonValue(dice, 4)
  const text = JSON.stringify(value)
  return dice.chance(0.1) ? text.slice(0, Math.floor(dice.next() * text.length)) : text
}

const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A JWT with a wrong part: header, claims, signature, or their number. */
export function jwtText(dice: Dice, claims: object): string {
  const header = {
    typ: 'JWT',
    alg: dice.pick(['none', 'RS256', 'PS256', 'HS256', 'ES256', '', 'rs256', 7, null]),
    kid: dice.pick([...scraps.slice(0, 8), 'x']),
    'x5t#S256': dice.pick(['', 'AAAA', '*', 5]),
    x5t: dice.pick(['', 'AAAA', {}]),
  }
  const body = {
    ...claims,
    exp: dice.pick([0, -1, 1e308, 'x', null, Math.floor(Date.now() / 1_000) + 300]),
    nbf: dice.pick([0, 1e308, 'x', {}]),
    aud: dice.pick([[], {}, null, 'https://graph.microsoft.com', scraps[8]]),
    ver: dice.pick(['1.0', '2.0', 3]),
  }
  const parts = [
    dice.chance(0.1) ? base64url(dice.pick(scraps)) : base64url(header),
    dice.chance(0.1) ? base64url(jsonText(dice)) : base64url(body),
    dice.pick(['', 'AAAA', '*'.repeat(10), base64url('x'.repeat(256))]),
  ]
  return parts.slice(0, dice.pick([1, 2, 3, 3, 3, 3])).join('.')
}
