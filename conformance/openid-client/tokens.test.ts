// openid-client signs in, redeems and refreshes at the local tenant; openssl (or python3) verifies what it signed.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import * as client from 'openid-client'
import { graphAccess, type Lab, redirectUri, startLab, userScope } from './lab.ts'

const ada = 'ada@contoso.example'
let lab: Lab
let appId: string

before(async () => {
  lab = await startLab()
  ;({ appId } = await lab.register({ publicClient: { redirectUris: [redirectUri] } }))
})
after(() => lab.tenant.close())

async function tokensFor(wanted: Lab, clientId: string, login = ada) {
  const config = await wanted.configuration(clientId)
  const signedIn = await wanted.signIn({ config, person: wanted.person(login) })
  const tokens = await client.authorizationCodeGrant(config, signedIn.redirect!, {
    pkceCodeVerifier: signedIn.verifier,
    expectedState: signedIn.state,
    expectedNonce: signedIn.nonce,
  })
  return { config, tokens }
}

test('openid-client completes code and PKCE, with an ID token whose signature it checks itself', async () => {
  const { config, tokens } = await tokensFor(lab, appId)
  const claims = tokens.claims()!
  assert.equal(claims.iss, `${lab.tenant.origin}/${lab.tenant.tenantId}/v2.0`)
  assert.equal(claims.aud, appId)
  assert.equal(claims['preferred_username'], ada)
  assert.equal(claims['tid'], lab.tenant.tenantId)
  assert.deepEqual(tokens.scope!.split(' ').sort(), ['Mail.Send', 'User.Read', 'openid', 'profile'])
  assert.ok(tokens.expires_in! >= 3_600 && tokens.expires_in! < 5_400)
  client.enableNonRepudiationChecks(config)
  const again = await lab.signIn({ config, person: lab.person(ada) })
  const checked = await client.authorizationCodeGrant(config, again.redirect!, {
    pkceCodeVerifier: again.verifier,
    expectedState: again.state,
    expectedNonce: again.nonce,
  })
  assert.ok(checked.id_token)
})

test('a refresh gives a new refresh token each time, and the old one stays valid', async () => {
  const { config, tokens } = await tokensFor(lab, appId)
  const second = await client.refreshTokenGrant(config, tokens.refresh_token!)
  assert.ok(second.refresh_token && second.refresh_token !== tokens.refresh_token)
  const third = await client.refreshTokenGrant(config, tokens.refresh_token!)
  assert.notEqual(third.refresh_token, second.refresh_token)
  const me = await lab.graph('GET', '/me', undefined, third.access_token)
  assert.equal(((await me.json()) as { userPrincipalName: string }).userPrincipalName, ada)
})

test('the userinfo endpoint knows the person by the same subject as the ID token', async () => {
  const { config, tokens } = await tokensFor(lab, appId)
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()!.sub)
  assert.equal(info.name, 'Ada Lovelace')
})

test('a confidential client signs in with its secret, in the body and as HTTP Basic', async () => {
  const web = await lab.register({ web: { redirectUris: ['https://bot.contoso.example/cb'] } })
  const made = await (
    await lab.graph('POST', `/applications/${web.id}/addPassword`, { passwordCredential: {} })
  ).json()
  const { secretText } = made as { secretText: string }
  for (const authentication of [client.ClientSecretPost(secretText), client.ClientSecretBasic(secretText)]) {
    const config = await lab.configuration(web.appId, authentication)
    const signedIn = await lab.signIn({
      config,
      person: lab.person(ada),
      redirectUri: 'https://bot.contoso.example/cb',
    })
    const tokens = await client.authorizationCodeGrant(config, signedIn.redirect!, {
      pkceCodeVerifier: signedIn.verifier,
      expectedState: signedIn.state,
      expectedNonce: signedIn.nonce,
    })
    assert.ok(tokens.refresh_token)
  }
})

test('client credentials give a token with roles, no refresh token, and no scope', async () => {
  const role = { id: 'df021288-bdef-4463-88db-98f22de89214', type: 'Role' }
  const daemon = await lab.register({ requiredResourceAccess: graphAccess([role]) })
  const made = await (await lab.graph('POST', `/applications/${daemon.id}/addPassword`, {})).json()
  const config = await lab.configuration(
    daemon.appId,
    client.ClientSecretPost((made as { secretText: string }).secretText),
  )
  const parameters = { scope: 'https://graph.microsoft.com/.default' }
  const bare = await client.clientCredentialsGrant(config, parameters)
  assert.equal((await lab.graph('GET', '/users', undefined, bare.access_token)).status, 403)
  const graphs = await (
    await lab.graph('GET', "/servicePrincipals?$filter=displayName eq 'Microsoft Graph'")
  ).json()
  const resourceId = (graphs as { value: { id: string }[] }).value[0]!.id
  const assigned = await lab.graph('POST', `/servicePrincipals/${resourceId}/appRoleAssignedTo`, {
    principalId: daemon.principalId,
    resourceId,
    appRoleId: role.id,
  })
  assert.equal(assigned.status, 201)
  const tokens = await client.clientCredentialsGrant(config, parameters)
  assert.equal(tokens.refresh_token, undefined)
  assert.equal(tokens.scope, undefined)
  assert.equal((await lab.graph('GET', '/users', undefined, tokens.access_token)).status, 200)
})

test('taking the grant away takes the permission away at once', async () => {
  const taken = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
  const { config, tokens } = await tokensFor(lab, taken.appId)
  assert.equal((await lab.graph('GET', '/me', undefined, tokens.access_token)).status, 200)
  const filter = `$filter=clientId eq '${taken.principalId}'`
  const { value } = (await (await lab.graph('GET', `/oauth2PermissionGrants?${filter}`)).json()) as {
    value: { id: string; scope: string }[]
  }
  assert.equal(value[0]!.scope, userScope)
  assert.equal((await lab.graph('DELETE', `/oauth2PermissionGrants/${value[0]!.id}`)).status, 204)
  assert.equal((await lab.graph('GET', '/me', undefined, tokens.access_token)).status, 403)
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), { error: 'invalid_grant' })
})

test('the signature of an access token is right in the eyes of a verifier that is not JavaScript', async (t) => {
  const { tokens } = await tokensFor(lab, appId)
  const keys = (await (
    await fetch(`${lab.tenant.origin}/${lab.tenant.tenantId}/discovery/v2.0/keys`)
  ).json()) as {
    keys: { kid: string; x5c: string[]; n: string }[]
  }
  const [header, payload, signature] = tokens.access_token.split('.') as [string, string, string]
  const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string; alg: string }
  assert.equal(alg, 'RS256')
  const key = keys.keys.find((one) => one.kid === kid)!
  const good = verifyOutside(t, { x5c: key.x5c[0]!, signed: `${header}.${payload}`, signature })
  if (good === undefined) return t.skip('neither openssl nor python3 with cryptography is here')
  assert.equal(good, true)
  const forged = verifyOutside(t, { x5c: key.x5c[0]!, signed: `${header}.${payload}x`, signature })
  assert.equal(forged, false)
  const ours = createPublicKey(`-----BEGIN CERTIFICATE-----\n${key.x5c[0]}\n-----END CERTIFICATE-----`)
  assert.equal(ours.export({ format: 'jwk' }).n, key.n)
})

test('a token signed with a key that is not published is refused by Graph with 401', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const wrong = await startLab({ signingKey })
  try {
    const config = await wrong.configuration('14d82eec-204b-4c2f-b7e8-296a70dab67e')
    const signedIn = await wrong.signIn({
      config,
      person: wrong.person('admin@contoso.example'),
      redirectUri: 'http://localhost',
    })
    const tokens = await client.authorizationCodeGrant(config, signedIn.redirect!, {
      pkceCodeVerifier: signedIn.verifier,
      expectedState: signedIn.state,
      expectedNonce: signedIn.nonce,
    })
    const refused = await wrong.graph('GET', '/me', undefined, tokens.access_token)
    assert.equal(refused.status, 401)
    assert.match(refused.headers.get('www-authenticate')!, /^Bearer /)
    const { error } = (await refused.json()) as { error: { code: string } }
    assert.equal(error.code, 'InvalidAuthenticationToken')
  } finally {
    await wrong.tenant.close()
  }
})

test('a token for another audience, an unsigned one and rubbish are refused with 401', async () => {
  const { tokens } = await tokensFor(lab, appId)
  const [, payload] = tokens.access_token.split('.')
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  for (const token of [tokens.id_token!, `${none}.${payload}.`, 'rubbish', 'a.b.c']) {
    assert.equal((await lab.graph('GET', '/me', undefined, token)).status, 401)
  }
})

/** True or false as the outside verifier says; undefined when there is none. */
function verifyOutside(
  t: TestContext,
  o: { x5c: string; signed: string; signature: string },
): boolean | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-verify-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const pem = `-----BEGIN CERTIFICATE-----\n${o.x5c.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const certificate = file('certificate.pem', pem)
  const signed = file('signed', o.signed)
  const signature = file('signature', Buffer.from(o.signature, 'base64url'))
  const spki = spawnSync('openssl', ['x509', '-in', certificate, '-noout', '-pubkey'], { encoding: 'utf8' })
  if (spki.status === 0) {
    const key = file('key.pem', spki.stdout)
    const verdict = spawnSync('openssl', ['dgst', '-sha256', '-verify', key, '-signature', signature, signed])
    return verdict.status === 0
  }
  const script = `
import sys
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
key = x509.load_pem_x509_certificate(open(sys.argv[1], 'rb').read()).public_key()
try:
    key.verify(open(sys.argv[2], 'rb').read(), open(sys.argv[3], 'rb').read(), padding.PKCS1v15(), hashes.SHA256())
except InvalidSignature:
    sys.exit(9)
`
  const python = spawnSync('python3', ['-c', script, certificate, signature, signed])
  return python.status === 0 ? true : python.status === 9 ? false : undefined
}

test('a client that checks signatures survives a new signing key; the old one stays published until it is withdrawn', async () => {
  const rolled = await startLab()
  try {
    const { appId: clientId } = await rolled.register({ publicClient: { redirectUris: [redirectUri] } })
    const { config, tokens } = await tokensFor(rolled, clientId)
    client.enableNonRepudiationChecks(config)
    const old = (await (await rolled.control('GET', 'keys')).json()) as { signing: string }
    const turned = await rolled.control('POST', 'keys/rotate')
    assert.equal(turned.status, 201)
    const now = (await turned.json()) as { signing: string; published: string[] }
    assert.notEqual(now.signing, old.signing)
    assert.deepEqual(now.published, [now.signing, old.signing])
    const keys = (await (await fetch(config.serverMetadata().jwks_uri!)).json()) as {
      keys: { kid: string }[]
    }
    assert.deepEqual(keys.keys.map((key) => key.kid).sort(), [...now.published].sort())
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token!)
    assert.ok(renewed.claims()?.sub, 'openid-client found the new key itself')
    for (const token of [tokens.access_token, renewed.access_token])
      assert.equal((await rolled.graph('GET', '/me', undefined, token)).status, 200)
    assert.equal((await rolled.control('DELETE', `keys/${now.signing}`)).status, 400)
    assert.equal((await rolled.control('DELETE', `keys/${old.signing}`)).status, 200)
    const fresh = await client.refreshTokenGrant(config, renewed.refresh_token!)
    assert.equal((await rolled.graph('GET', '/me', undefined, fresh.access_token)).status, 200)
  } finally {
    await rolled.tenant.close()
  }
})
