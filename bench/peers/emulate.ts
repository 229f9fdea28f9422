// @inbox-zero/emulate, its Microsoft service as it starts by default.
import { once } from 'node:events'
import { createServer } from 'node:net'

const { createEmulator } = (await import('@inbox-zero/emulate' as string)) as {
  createEmulator(o: { service: string; port: number; seed: object }): Promise<{ url: string }>
}
// It takes no port 0.
const probe = createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address() as { port: number }
probe.close()
await once(probe, 'close')
const seed = { microsoft: { users: [{ email: 'ada@contoso.example', name: 'Ada' }] } }
await createEmulator({ service: 'microsoft', port, seed })
console.log(JSON.stringify({ origin: `http://localhost:${port}` }))
