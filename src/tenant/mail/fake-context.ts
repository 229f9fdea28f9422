// For tests only: a tenant context with an in-memory database, whose bearer token is JSON that says who calls.
import { DatabaseSync } from 'node:sqlite'
import { Hono } from 'hono'
import type { Caller, DirectoryUser, TenantContext, TenantSettings } from '../context.ts'
import { GraphFailure } from '../context.ts'
import { tellAnswered } from '../server/answered.ts'
import { mailMigrations, mountMail } from './index.ts'
import type { MailPart } from './index.ts'

export interface FakeTenant {
  context: TenantContext
  mail: MailPart
  advance(ms: number): void
  call(
    method: string,
    path: string,
    options?: CallOptions,
  ): Promise<{ status: number; headers: Headers; body: any; bytes: Uint8Array }>
}
export interface CallOptions {
  as?: string
  scopes?: string[]
  app?: boolean
  body?: unknown
  headers?: Record<string, string>
  immutable?: boolean
}

const user = (id: string, name: string, more: Partial<DirectoryUser> = {}): DirectoryUser => ({
  id,
  userPrincipalName: `${id}@contoso.example`,
  displayName: name,
  mail: `${id}@contoso.example`,
  tenantId: '00000000-0000-4000-8000-000000000001',
  homeId: null,
  accountEnabled: true,
  mailboxKind: 'user',
  fullAccess: [],
  roles: [],
  ...more,
})
const users = [
  user('ada', 'Ada Lovelace'),
  user('grace', 'Grace Hopper'),
  user('bot', 'Invoice Bot'),
  user('billing', 'Billing', { mailboxKind: 'shared', fullAccess: ['bot', 'ada'] }),
  user('nobody', 'No Mailbox', { mailboxKind: 'none', mail: null }),
]
export const allScopes = ['Mail.ReadWrite', 'Mail.Send', 'Mail.ReadWrite.Shared', 'Mail.Send.Shared']

export function createFakeTenant(settings: Partial<TenantSettings> = {}): FakeTenant {
  const db = new DatabaseSync(':memory:')
  db.exec('PRAGMA foreign_keys = ON')
  for (const sql of mailMigrations) db.exec(sql)
  let now = Date.UTC(2026, 0, 5, 9)
  let current: TenantSettings = {
    sendVisibleMs: 300,
    sendHiddenMs: 300,
    sendJitter: false,
    singleUseRefreshTokens: false,
    userConsent: 'legacy',
    allowedToCreateApps: false,
    loopLimit: 0,
    staySignedIn: true,
    entraPremium: true,
    ...settings,
  }
  let depth = 0
  const tenantId = '00000000-0000-4000-8000-000000000001'
  const context: TenantContext = {
    db,
    clock: { nowMs: () => now },
    tenantId,
    tenant: { id: tenantId, displayName: 'Contoso', domains: ['contoso.example'], cloud: 'global' },
    settings: { get: () => current, patch: (changed) => (current = { ...current, ...changed }) },
    transaction(work) {
      if (depth > 0) return work()
      db.exec('BEGIN IMMEDIATE')
      depth++
      try {
        const result = work()
        db.exec('COMMIT')
        return result
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      } finally {
        depth--
      }
    },
    async authorize(request, need) {
      const token = request.headers.get('authorization')?.replace('Bearer ', '')
      if (!token) throw new GraphFailure(401, 'InvalidAuthenticationToken', 'Access token is empty.')
      const caller = JSON.parse(token) as Caller
      const held = caller.kind === 'app' ? caller.roles : caller.scopes
      const wanted = caller.kind === 'app' ? (need.application ?? []) : need.delegated
      if (!wanted.some((scope) => held.includes(scope)))
        throw new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied.')
      return caller
    },
    // Exchange's limits are tested where it is there: ../exchange.
    mailboxAccess: { hasGrants: () => false, rolesIn: ({ roles }) => ({ roles, isBlocked: false }) },
    findUser: (name) =>
      users.find(({ id, userPrincipalName }) => [id, userPrincipalName].includes(name.toLowerCase())),
    allUsers: () => users,
    everyone: () => users,
    of: () => context,
  }
  const app = new Hono()
  app.onError((error, c) => {
    if (!(error instanceof GraphFailure)) throw error
    return c.json({ error: { code: error.code, message: error.message } }, error.status as 400)
  })
  app.notFound((c) => c.json({ error: { code: 'NotImplemented', message: 'not here' } }, 501))
  const mail = mountMail(app, context)
  return {
    context,
    mail,
    advance: (ms) => (now += ms),
    async call(method, path, options = {}) {
      const caller = options.app
        ? { kind: 'app', tenantId, appId: 'app', scopes: [], roles: options.scopes ?? [] }
        : {
            kind: 'user',
            tenantId,
            userId: options.as ?? 'bot',
            appId: 'app',
            scopes: options.scopes ?? allScopes,
            roles: [],
          }
      const headers = new Headers({ authorization: `Bearer ${JSON.stringify(caller)}`, ...options.headers })
      if (options.immutable) headers.append('prefer', 'IdType="ImmutableId"')
      const { body } = options
      const isRaw = typeof body === 'string' || body instanceof Uint8Array
      if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
      const url = /^https?:/.test(path)
        ? path
        : `http://127.0.0.1:4365${path.startsWith('/api/') ? '' : '/v1.0'}${path}`
      const request = new Request(url, {
        method,
        headers,
        ...(body === undefined ? {} : { body: (isRaw ? body : JSON.stringify(body)) as string }),
      })
      const response = await app.fetch(request)
      tellAnswered(request, response)
      const bytes = new Uint8Array(await response.arrayBuffer())
      const isJson = response.headers.get('content-type')?.includes('json')
      return {
        status: response.status,
        headers: response.headers,
        bytes,
        body: isJson ? JSON.parse(Buffer.from(bytes).toString()) : undefined,
      }
    },
  }
}

/** Bytes of a small message. */
export function eml(fields: {
  from?: string
  to?: string
  subject?: string
  date?: string
  id?: string
  more?: string
  body?: string
}): Uint8Array {
  const lines = [
    `From: ${fields.from ?? 'Vendor <vendor@supplier.example>'}`,
    `To: ${fields.to ?? 'bot@contoso.example'}`,
    `Subject: ${fields.subject ?? 'Invoice 1'}`,
    `Date: ${fields.date ?? 'Mon, 05 Jan 2026 08:00:00 +0000'}`,
    `Message-ID: ${fields.id ?? '<1@supplier.example>'}`,
    ...(fields.more ? [fields.more] : []),
    '',
    fields.body ?? 'Please find it attached.',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
