// Signing keys by the control API: a rollover that clients must survive, and a key taken back. entra.md section 1.5.
import type { Hono } from 'hono'
import type { SigningKey } from '../identity/keys.ts'

/** Mounted behind the control API's guard. */
export function mountKeys(app: Hono, base: string, key: SigningKey): void {
  app.get(`${base}/keys`, (c) => c.json({ signing: key.kid, published: key.published() }))
  app.post(`${base}/keys/rotate`, (c) => {
    key.rotate()
    return c.json({ signing: key.kid, published: key.published() }, 201)
  })
  app.delete(`${base}/keys/:kid`, (c) => {
    if (key.withdraw(c.req.param('kid'))) return c.json({ signing: key.kid, published: key.published() })
    const message = 'this key signs, or is not published: only an older key can be withdrawn'
    return c.json({ error: { code: 'control/invalid', message } }, 400)
  })
}
