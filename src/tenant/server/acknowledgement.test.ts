import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startTenant } from '../index.ts'
import { signInForTokens } from '../person.fixture.ts'

test('when an answer leaves, what it acknowledges is committed: codes, redemptions, refresh tokens', async () => {
  await using tenant = await startTenant()
  const outside = new DatabaseSync(join(tenant.dataDir, 'tenant.db'), { readOnly: true })
  const counts = outside.prepare(
    'SELECT (SELECT count(*) FROM codes) AS codes, (SELECT count(*) FROM codes WHERE redeemed_ms > 0) AS redeemed, (SELECT count(*) FROM refresh_tokens) AS refresh',
  )
  const seen: object[] = []
  let beforeToken: object = {}
  const onFinish = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage }
    if (request.url?.endsWith('/token')) seen.push({ ...counts.get() })
    else if (seen.length === 0) beforeToken = { ...counts.get() }
  }
  subscribe('http.server.response.finish', onFinish)
  try {
    const scopes = ['openid', 'offline_access', 'User.Read']
    const user = 'admin@contoso.example'
    const { refresh_token: token } = await signInForTokens(tenant, { user, scopes })
    await refresh(tenant, token!)
    await Promise.all(Array.from({ length: 4 }, () => refresh(tenant, token!)))
  } finally {
    unsubscribe('http.server.response.finish', onFinish)
    outside.close()
  }
  // The redirect with the code: nothing but the commit can have held it up.
  assert.deepEqual(beforeToken, { codes: 1, redeemed: 0, refresh: 0 })
  assert.deepEqual(seen.slice(0, 2), [
    { codes: 1, redeemed: 1, refresh: 1 },
    { codes: 1, redeemed: 1, refresh: 2 },
  ])
  // Of several at once, each finds at least those that were answered before it.
  assert.ok(seen.slice(2).every((one, index) => (one as { refresh: number }).refresh >= index + 3))
})

async function refresh(tenant: { origin: string; tenantId: string }, token: string): Promise<void> {
  const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: '14d82eec-204b-4c2f-b7e8-296a70dab67e',
      refresh_token: token,
    }),
  })
  assert.equal(reply.status, 200, await reply.text())
}
