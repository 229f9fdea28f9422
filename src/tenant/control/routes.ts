// The control API under /_letterlock. Bearer token only, JSON only, never from a web page. design section 3.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Hono } from 'hono'
import type { TenantContext, TenantSettings } from '../context.ts'
import type { Users } from '../directory/users.ts'
import type { Accounts } from '../identity/account-states.ts'
import type { MailPart } from '../mail/index.ts'
import type { AdjustableClock } from '../store/open-store.ts'
import type { SigningKey } from '../identity/keys.ts'
import { mountAccounts } from './account-routes.ts'
import { base, invalid, readJson } from './control-json.ts'
import type { Faults } from './faults.ts'
import { mountKeys } from './key-routes.ts'
import type { RequestLog } from './request-log.ts'

export interface ControlParts {
  readonly context: TenantContext
  readonly users: Users
  readonly accounts: Accounts
  readonly clock: AdjustableClock
  readonly faults: Faults
  readonly key: SigningKey
  readonly mail: MailPart
  readonly log: RequestLog
  readonly token: string
  readonly dataDir: string
  onShutdown(): void
}

export function mountControl(app: Hono, parts: ControlParts): void {
  const { context, users, clock, faults, mail } = parts
  app.use(`${base}/*`, async (c, next) => {
    const refusal = refuse(c, parts.token)
    if (refusal) return c.json({ error: refusal }, refusal.status)
    await next()
  })
  mountKeys(app, base, parts.key)
  app.get(`${base}/status`, (c) =>
    c.json({
      origin: new URL(c.req.url).origin,
      tenantId: context.tenantId,
      pid: process.pid,
      dataDir: parts.dataDir,
      clock: { nowMs: clock.nowMs(), rate: clock.rate() },
      users: users.all().length,
      faults: faults.list().length,
      settings: context.settings.get(),
    }),
  )
  mountAccounts(app, parts)
  app.get(`${base}/clock`, (c) => c.json({ nowMs: clock.nowMs(), rate: clock.rate() }))
  app.post(`${base}/clock`, async (c) => {
    const body = await readJson(c)
    for (const [name, value] of Object.entries(body)) {
      const positive = name !== 'rate' || (typeof value === 'number' && value > 0 && value <= 10_000)
      if (
        !['nowMs', 'advanceMs', 'rate'].includes(name) ||
        typeof value !== 'number' ||
        !Number.isFinite(value) ||
        !positive
      )
        return invalid(c, `"${name}" cannot be ${JSON.stringify(value)}`)
    }
    clock.set(body as { nowMs?: number; advanceMs?: number; rate?: number })
    return c.json({ nowMs: clock.nowMs(), rate: clock.rate() })
  })
  app.get(`${base}/faults`, (c) => c.json(faults.list()))
  app.post(`${base}/faults`, async (c) => {
    try {
      return c.json(faults.add(await readJson(c)), 201)
    } catch (error) {
      return error instanceof TypeError ? invalid(c, error.message) : Promise.reject(error)
    }
  })
  app.delete(`${base}/faults/:id?`, (c) => c.json({ removed: faults.remove(c.req.param('id')) }))
  app.get(`${base}/settings`, (c) => c.json(context.settings.get()))
  app.patch(`${base}/settings`, async (c) => {
    const body = await readJson(c)
    const current = context.settings.get() as unknown as Record<string, unknown>
    for (const [name, value] of Object.entries(body)) {
      if (!Object.hasOwn(current, name) || typeof value !== typeof current[name] || !isSetting(name, value))
        return invalid(c, `"${name}" is not a setting, or not of its type`)
    }
    return c.json(context.settings.patch(body as Partial<TenantSettings>))
  })
  app.post(`${base}/import`, async (c) => {
    const user = users.find(c.req.query('user') ?? '')
    if (!user) return invalid(c, `there is no user ${c.req.query('user')}`)
    const kind = c.req.header('content-type')?.startsWith('application/mbox') ? 'mbox' : 'rfc822'
    return c.json(
      await mail.importMessages(
        user.id,
        c.req.query('folder') ?? 'Inbox',
        new Uint8Array(await c.req.arrayBuffer()),
        kind,
      ),
    )
  })
  app.get(`${base}/mailboxes/:user/messages`, (c) => {
    const user = users.find(c.req.param('user'))
    if (!user) return invalid(c, `there is no user ${c.req.param('user')}`)
    return c.json(mail.inspect(user.id, c.req.query('folder') ?? 'Inbox'))
  })
  app.get(`${base}/outbound`, (c) => c.json(mail.outbound()))
  app.get(`${base}/log`, (c) => c.json(parts.log.list()))
  app.post(`${base}/shutdown`, (c) => {
    setImmediate(() => parts.onShutdown())
    return c.json({ ok: true }, 202)
  })
}

function refuse(
  c: Context,
  token: string,
): { status: 401 | 403 | 415; code: string; message: string } | undefined {
  const origin = c.req.header('origin')
  if ((origin && origin !== new URL(c.req.url).origin) || c.req.header('sec-fetch-site') === 'cross-site')
    return {
      status: 403,
      code: 'control/foreign-origin',
      message: 'A web page of another origin may not use the control API.',
    }
  const given = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
  if (!timingSafeEqual(sha256(given), sha256(token)))
    return {
      status: 401,
      code: 'control/not-allowed',
      message: 'Send the token of the file control.token as a bearer token.',
    }
  const type = c.req.header('content-type') ?? ''
  const importing = c.req.path === '/_letterlock/import'
  if (
    ['POST', 'PATCH'].includes(c.req.method) &&
    !importing &&
    type !== '' &&
    !type.startsWith('application/json')
  )
    return { status: 415, code: 'control/json-only', message: 'Send JSON.' }
  return undefined
}

function isSetting(name: string, value: unknown): boolean {
  if (name === 'userConsent') return ['microsoft-managed', 'legacy', 'none'].includes(String(value))
  return typeof value !== 'number' || (value >= 0 && value <= 1e12)
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
