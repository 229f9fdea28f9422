// Client credentials with a token of another issuer: openid-client sends it, an issuer on loopback signs it. entra.md section 4.1.
import assert from 'node:assert/strict'
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { provokes } from '../aadsts.ts'
import { jsonOf, type Lab, startLab } from './lab.ts'

const audience = 'api://AzureADTokenExchange'
const subject = 'repo:contoso/Invoices:environment:Production'
const scope = 'https://graph.microsoft.com/.default'
const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
let lab: Lab
let issuerServer: Server
let issuer: string
let asked: string[] = []
/** Where requests are redirected to, when they are. */
let leadsTo: string | undefined
/** What the issuer's metadata says beside its name. */
let metadata: () => object

before(async () => {
  lab = await startLab()
  issuerServer = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (leadsTo && !request.url?.startsWith('/moved'))
      return void response.writeHead(302, { location: leadsTo }).end()
    const keys = [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }]
    const body = request.url?.endsWith('openid-configuration') ? metadata() : { keys }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  })
  issuerServer.listen(0, '127.0.0.1')
  await once(issuerServer, 'listening')
  issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`
  metadata = () => ({ issuer, jwks_uri: `${issuer}/keys` })
})
after(async () => {
  issuerServer.close()
  await lab.tenant.close()
})

async function registerDaemon(credential: object = {}): Promise<string> {
  const daemon = await lab.register({})
  const path = `/applications/${daemon.id}/federatedIdentityCredentials`
  const wanted = { name: 'pipeline', issuer, subject, audiences: [audience], ...credential }
  await jsonOf(await lab.graph('POST', path, wanted))
  return daemon.appId
}

function token(claims: object = {}, o: { key?: KeyObject; kid?: string } = {}): string {
  const nowS = Math.floor(Date.now() / 1_000)
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const all = { iss: issuer, sub: subject, aud: audience, iat: nowS, nbf: nowS, exp: nowS + 600, ...claims }
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: o.kid ?? 'one' })}.${encode(all)}`
  return `${signed}.${createSign('sha256')
    .update(signed)
    .sign(o.key ?? own.privateKey, 'base64url')}`
}

const ask = (clientId: string, assertion: string): Promise<Response> =>
  fetch(`${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  })
const invalidClient = { error: 'invalid_client', status: 401 }

test('openid-client proves the client with a token of a registered issuer; the access token says certificate or federation', async () => {
  const appId = await registerDaemon()
  const federated: client.ClientAuth = (_server, _client, body) => {
    body.set('client_id', appId)
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    body.set('client_assertion', token())
  }
  const config = await lab.configuration(appId, federated)
  const tokens = await client.clientCredentialsGrant(config, { scope })
  const payload = Buffer.from(tokens.access_token.split('.')[1]!, 'base64url').toString()
  assert.equal((JSON.parse(payload) as { appidacr: string }).appidacr, '2')
})

test('AADSTS700211, 700213 and 700212: issuer, subject and audience are compared to the letter', async () => {
  const appId = await registerDaemon()
  await provokes(700211, { answer: await ask(appId, token({ iss: `${issuer}/` })), ...invalidClient })
  await provokes(700213, {
    answer: await ask(appId, token({ sub: subject.toLowerCase() })),
    ...invalidClient,
  })
  await provokes(700212, { answer: await ask(appId, token({ aud: 'api://elsewhere' })), ...invalidClient })
})

test('AADSTS7000272 and 700024: a key the issuer does not publish, a forged signature, and a token past its time', async () => {
  const appId = await registerDaemon()
  const unknown = token({}, { key: foreign.privateKey, kid: 'two' })
  await provokes(7000272, { answer: await ask(appId, unknown), ...invalidClient })
  const forged = token({}, { key: foreign.privateKey })
  await provokes(7000272, { answer: await ask(appId, forged), ...invalidClient })
  const old = token({ exp: Math.floor(Date.now() / 1_000) - 3_600 })
  await provokes(700024, { answer: await ask(appId, old), ...invalidClient })
})

test('AADSTS50166: metadata of another issuer, keys on another port, a redirect, and an issuer that is not there', async () => {
  const failed = { error: 'invalid_request' }
  const appId = await registerDaemon()
  const good = metadata
  metadata = () => ({ issuer: 'https://elsewhere.example', jwks_uri: `${issuer}/keys` })
  await provokes(50166, { answer: await ask(appId, token()), ...failed })
  metadata = () => ({ issuer, jwks_uri: lab.tenant.origin })
  asked = []
  await provokes(50166, { answer: await ask(appId, token()), ...failed })
  assert.deepEqual(asked, ['/.well-known/openid-configuration'], 'what it leads to is not asked')
  metadata = good
  leadsTo = `${issuer}/moved/openid-configuration`
  await provokes(50166, { answer: await ask(appId, token()), ...failed })
  assert.ok(!asked.some((path) => path.startsWith('/moved')), 'a redirect is not followed')
  leadsTo = undefined
  const gone = 'http://127.0.0.1:9'
  const lost = await registerDaemon({ issuer: gone })
  await provokes(50166, { answer: await ask(lost, token({ iss: gone })), ...failed })
})

test('the tenant is an issuer too: a token of one of its applications proves another, without a request', async () => {
  const holder = await lab.register({ identifierUris: [`api://${lab.tenant.tenantId}/exchange`] })
  const { secretText } = await jsonOf(await lab.graph('POST', `/applications/${holder.id}/addPassword`, {}))
  const config = await lab.configuration(holder.appId, client.ClientSecretPost(String(secretText)))
  const proof = await client.clientCredentialsGrant(config, { scope: `${holder.appId}/.default` })
  const claims = JSON.parse(Buffer.from(proof.access_token.split('.')[1]!, 'base64url').toString()) as {
    iss: string
    sub: string
    aud: string
  }
  const appId = await registerDaemon({ issuer: claims.iss, subject: claims.sub, audiences: [claims.aud] })
  asked = []
  assert.equal((await ask(appId, proof.access_token)).status, 200)
  assert.deepEqual(asked, [])
})
