import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { installPeers } from '../../scripts/install-peers.ts'
import { registerReader } from '../local-tenant/lab.ts'
import { jsonOf, startLab } from '../openid-client/lab.ts'
import { runOverProxy } from '../over-proxy.ts'

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
  const program = new URL('clients/use-credential.ts', import.meta.url)
  const { said, code } = await runOverProxy(lab.tenant, program, {
    tenantId: lab.tenant.tenantId,
    clientId: appId,
    secret: secretText,
    home,
  })
  assert.equal(code, 0)
  const users = lab.tenant.users.length
  assert.deepEqual(said, { graphClient: users, corePipeline: users, chained: true, kiota: users })
})
