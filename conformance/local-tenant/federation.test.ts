// Workload federation: the platform's token is a file, and the tenant fetches that platform's keys to judge it.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createTokenSource, openMemoryVault, signInAsApplication } from '../../src/signin/index.ts'
import { jsonOf } from '../openid-client/lab.ts'
import { startClientLab } from './lab.ts'

const subject = 'repo:contoso/invoices:environment:production'
const audience = 'api://AzureADTokenExchange'

/** A platform with an issuer of its own, as a CI system or a cluster is one. */
async function startPlatform(
  t: TestContext,
): Promise<{ issuer: string; issue(lifeSeconds: number): string }> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }]
  const server = createServer((request, response) => {
    const body = request.url?.endsWith('openid-configuration')
      ? { issuer, jwks_uri: `${issuer}/keys` }
      : { keys }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    issuer,
    issue(lifeSeconds) {
      const iat = Math.floor(Date.now() / 1000) - 3600
      const claims = {
        iss: issuer,
        sub: subject,
        aud: audience,
        iat,
        nbf: iat,
        exp: iat + 3600 + lifeSeconds,
      }
      const text = `${part({ alg: 'RS256', typ: 'JWT', kid: 'one' })}.${part(claims)}`
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
    },
  }
}

test('the tenant accepts the platform’s token out of its file; an old one is refused, and the file’s next one serves', async (t) => {
  const [lab, platform] = [await startClientLab(t), await startPlatform(t)]
  const { appId, id } = await lab.registerApplication()
  const credential = { name: 'pipeline', issuer: platform.issuer, subject, audiences: [audience] }
  await jsonOf(await lab.graph('POST', `/applications/${id}/federatedIdentityCredentials`, credential))
  const tokenFile = join(lab.folder, 'platform-token')
  writeFileSync(tokenFile, platform.issue(600))
  const client = { ...lab.clientOf(appId), credential: { kind: 'federation' as const, tokenFile } }
  const signedIn = await signInAsApplication({ client })
  const vault = openMemoryVault()
  t.after(() => vault.close())
  vault.save(signedIn)
  const source = createTokenSource(vault, signedIn.account.id)
  writeFileSync(tokenFile, platform.issue(-1800))
  await assert.rejects(source.getToken({ forceRefresh: true }), {
    code: 'signin/client-refused',
    entraCode: 700024,
  })
  writeFileSync(tokenFile, platform.issue(600))
  const { token } = await source.getToken({ forceRefresh: true })
  const users = await lab.graph('GET', '/users', undefined, token.reveal())
  assert.equal(users.status, 200)
})
