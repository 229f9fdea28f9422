// What goes back when a person is known and has consented: a code, an ID token, an access token. entra.md sections 2.1, 2.2 and 7.
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { KnownClient } from './authorize-request.ts'
import type { SignIn } from './browser-session.ts'
import type { IdentityParts } from './identity.ts'
import { responseParts } from './response-type.ts'
import { splitScopes } from './scopes.ts'
import { sessionId } from './session-id.ts'
import { logSignIn } from './sign-in-log.ts'
import type { SignedInPerson } from './sign-in-flow.ts'
import type { TokenRequest } from './token-endpoint.ts'
import { answerFor, grantedScopes } from './user-answer.ts'
import { sendBack } from './way-back.ts'

export interface Finish {
  readonly c: Context
  readonly signIn: SignIn
  readonly person: SignedInPerson
  readonly client: KnownClient
}

/** Issues what was asked for and sends the browser back with it. */
export function finish(parts: IdentityParts, o: Finish): Response | Promise<Response> {
  const { c, signIn, person } = o
  const { request } = signIn
  const asked = responseParts(request)
  const code: Record<string, string> = asked.has('code') ? { code: issueCode(parts, o) } : {}
  const info: Record<string, string> =
    request['client_info'] === '1' ? { client_info: parts.tokens.clientInfo(person.user) } : {}
  logSignIn(parts, { c, client: o.client, user: person.user, isInteractive: request['prompt'] !== 'none' })
  if (signIn.progress.mayAskToStay === false) parts.sessions.end(signIn)
  const session = { session_state: sessionId(person.user.homeId ?? person.user.id, person.authTimeMs) }
  if (asked.size === 1 && asked.has('code')) return sendBack(c, request, { ...code, ...info, ...session })
  return issueTokens(parts, { ...o, asked, code: code['code'] }).then((tokens) =>
    sendBack(c, request, { ...code, ...tokens, ...info, ...session }),
  )
}

function issueCode(parts: IdentityParts, { signIn, person, client }: Finish): string {
  const { tenant, redirect_uri, scope, nonce, code_challenge, code_challenge_method } = signIn.request
  return parts.tokens.issueCode({
    userId: person.user.id,
    appId: client.application.appId,
    platform: client.platform,
    tenant: tenant!,
    redirectUri: redirect_uri!,
    scope: scope ?? '',
    ...(nonce ? { nonce } : {}),
    ...(code_challenge ? { challenge: code_challenge, method: code_challenge_method ?? 'plain' } : {}),
    authTimeMs: person.authTimeMs,
    ...(person.mfaMs === undefined ? {} : { mfaMs: person.mfaMs }),
  })
}

/** The access token first: the ID token holds its hash (OIDC Core 3.2.2.9 and 3.3.2.11). */
async function issueTokens(
  parts: IdentityParts,
  o: Finish & { asked: ReadonlySet<string>; code: string | undefined },
): Promise<Record<string, string>> {
  const { asked, code, person, client, signIn } = o
  const { nonce, version } = signIn.request
  const { origin } = new URL(o.c.req.url)
  const access = asked.has('token') ? await accessAnswer(parts, o, origin) : undefined
  const { openId } = splitScopes(signIn.request['scope'] ?? '')
  const idToken = asked.has('id_token')
    ? await parts.tokens.idToken({
        user: person.user,
        appId: client.application.appId,
        origin,
        openId,
        nonce,
        authTimeMs: person.authTimeMs,
        version: version === '1' ? 1 : 2,
        ...(code === undefined ? {} : { codeHash: halfHash(code) }),
        ...(access === undefined ? {} : { accessTokenHash: halfHash(access['access_token']!) }),
      })
    : undefined
  return { ...access, ...(idToken === undefined ? {} : { id_token: idToken }) }
}

async function accessAnswer(
  parts: IdentityParts,
  { person, client, signIn }: Finish,
  origin: string,
): Promise<Record<string, string>> {
  const { appId } = client.application
  const request: TokenRequest = {
    form: {},
    tenant: signIn.request['tenant']!,
    tenantName: signIn.request['tenant']!,
    origin,
    browserOrigin: undefined,
    // It was consented to: there is one by now.
    client: { ...client, principal: client.principal ?? parts.directory.ensurePrincipal(appId) },
    credentials: { clientId: appId, secret: undefined, assertion: undefined },
    version: 2,
  }
  const { authTimeMs, mfaMs } = person
  const scope = signIn.request['scope'] ?? ''
  const known = { userId: person.user.id, authTimeMs, ...(mfaMs === undefined ? {} : { mfaMs }) }
  const scopes = grantedScopes(parts, { ...known, request, scope })
  // No ID token from here: that of the authorization endpoint holds hashes.
  const openId = new Set([...scopes.openId].filter((one) => one !== 'openid'))
  const answer = (await answerFor(parts, request, {
    ...known,
    scopes: { ...scopes, openId },
    refreshToken: undefined,
  })) as Record<string, unknown>
  return {
    access_token: String(answer['access_token']),
    token_type: 'Bearer',
    expires_in: String(answer['expires_in']),
    scope: String(answer['scope']),
  }
}

/** The left half of the SHA-256, as OpenID Connect hashes what came beside an ID token. */
const halfHash = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
