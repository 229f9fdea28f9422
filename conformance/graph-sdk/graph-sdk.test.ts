import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { installPeers } from '../../scripts/install-peers.ts'
import { registerReader } from '../local-tenant/lab.ts'
import { jsonOf, startLab } from '../openid-client/lab.ts'

before(() => installPeers(new URL('.', import.meta.url)))

test('four of Microsoft’s SDKs read Graph with our credential as if it were one of @azure/identity', async (t) => {
  const lab = await startLab({ proxy: true })
  const home = mkdtempSync(join(tmpdir(), 'letterlock-graph-sdk-'))
  t.after(async () => {
    await lab.tenant.close()
    rmSync(home, { recursive: true, force: true })
  })
  const { appId, id } = await registerReader(lab)
  const { secretText } = await jsonOf(await lab.graph('POST', `/applications/${id}/addPassword`, {}))
  const program = fileURLToPath(new URL('clients/use-credential.ts', import.meta.url))
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: lab.tenant.proxyUrl,
      NODE_EXTRA_CA_CERTS: lab.tenant.caFile,
      NO_PROXY: 'localhost,127.0.0.1',
    },
  })
  child.stdin.end(
    JSON.stringify({ tenantId: lab.tenant.tenantId, clientId: appId, secret: secretText, home }),
  )
  const [said, [code]] = await Promise.all([json(child.stdout), once(child, 'close') as Promise<[number]>])
  assert.equal(code, 0)
  const users = lab.tenant.users.length
  assert.deepEqual(said, { graphClient: users, corePipeline: users, chained: true, kiota: users })
})
