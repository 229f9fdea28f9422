// Who is signed in, in which browser and with which application; and the end of it.
import {
  dropBrowserSessions,
  dropRefreshTokens,
  listBrowserSessions,
  listRefreshTokens,
  type SessionsOf,
} from '../identity/session-list.ts'
import { findApp } from './app-operations.ts'
import { invalid } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { type ControlCall, operation, type Operation, type Shape } from './operation.ts'
import { findUser } from './user-operations.ts'

const query = {
  user: { type: 'string', about: 'Of this person: id or user principal name.' },
  app: { type: 'string', about: 'Of this application: client ID, object ID or name.' },
} as const

export const sessionOperations: readonly Operation[] = [
  operation({
    id: 'listSessions',
    call: 'GET /sessions',
    does: 'Lists browser sessions and refresh tokens, never their secrets; at most a thousand of each',
    query,
    answer: 'Sessions',
    examples: [{}, { query: { user: 'ada@contoso.example' } }],
    serve(call) {
      const { parts } = call
      const { db } = parts.context
      const asked = askedFor(call)
      const nameOf = (id: string): string => parts.users.find(id)?.userPrincipalName ?? id
      const isHere = ({ userId }: { userId: string }): boolean => {
        const person = parts.views.people.find(userId)
        return person === undefined || person.tenantId === parts.context.tenantId
      }
      const browsers = asked.appId ? [] : listBrowserSessions(db, asked).filter(isHere)
      const tokens = listRefreshTokens(db, asked).filter(isHere)
      return [
        ...browsers.map((one): Shape<'Session'> => ({
          kind: 'browser',
          id: one.id,
          user: nameOf(one.userId),
          signedInAt: iso(one.authTimeMs),
          secondFactorAt: one.mfaMs === null ? null : iso(one.mfaMs),
          persistent: one.persistent,
          usedAt: iso(one.usedMs),
        })),
        ...tokens.map((one): Shape<'Session'> => ({
          kind: 'refresh-token',
          id: one.id,
          user: nameOf(one.userId),
          clientId: one.appId,
          application: parts.directory.findPrincipal(one.appId)?.displayName ?? null,
          scope: one.scope,
          issuedAt: iso(one.issuedMs),
        })),
      ]
    },
  }),
  operation({
    id: 'revokeSessions',
    call: 'DELETE /sessions',
    does: 'Ends them: all of a person (as revokeSignInSessions), or the refresh tokens of one application',
    query,
    answer: 'Removed',
    examples: [{ query: { user: 'grace@contoso.example' } }, { query: { app: 'Invoice bot' } }],
    serve(call) {
      const { parts } = call
      const { db } = parts.context
      const asked = askedFor(call)
      if (!asked.userId && !asked.appId) throw invalid('say whose: "user", "app" or both')
      return parts.context.transaction(() => {
        if (asked.appId) return { removed: dropRefreshTokens(db, asked) }
        const tokens = listRefreshTokens(db, asked).length
        // Entra keeps the rows too, and says that they were revoked (AADSTS50173).
        parts.users.revokeSessions(asked.userId!)
        return { removed: tokens + dropBrowserSessions(db, asked) }
      })
    },
  }),
]

function askedFor({ parts, text }: ControlCall): SessionsOf {
  const [user, app] = [text('user'), text('app')]
  return {
    userId: user === undefined ? undefined : findUser(parts, user).id,
    appId: app === undefined ? undefined : clientIdOf(parts, app),
  }
}

/** Of an application that is registered here, or of another's by its client ID. */
function clientIdOf(parts: ControlParts, app: string): string {
  return parts.directory.findPrincipal(app.toLowerCase())?.appId ?? findApp(parts, app).appId
}

const iso = (ms: number): string => new Date(ms).toISOString()
