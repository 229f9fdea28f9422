import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import {
  type ClientCredential,
  createTokenSource,
  openMemoryVault,
  Secret,
  signInAsApplication,
} from '../../src/signin/index.ts'
import { jsonOf } from '../openid-client/lab.ts'
import { makeCertificate, startClientLab, type ClientLab } from './lab.ts'

async function proves(lab: ClientLab, appId: string, credential: ClientCredential): Promise<void> {
  const { tokens } = await signInAsApplication({ client: { ...lab.clientOf(appId), credential } })
  const users = await lab.graph('GET', '/users', undefined, tokens.accessToken.reveal())
  assert.equal(users.status, 200, await users.text())
}

test('the tenant accepts our secret, and says AADSTS7000215 of a wrong one', async (t) => {
  const lab = await startClientLab(t)
  const { appId, id } = await lab.registerApplication()
  const made = await jsonOf(await lab.graph('POST', `/applications/${id}/addPassword`, {}))
  await proves(lab, appId, { kind: 'secret', secret: new Secret(String(made['secretText'])) })
  const wrong = { kind: 'secret' as const, secret: new Secret(String(made['keyId'])) }
  await assert.rejects(signInAsApplication({ client: { ...lab.clientOf(appId), credential: wrong } }), {
    code: 'signin/client-refused',
    entraCode: 7000215,
    recovery: 'fix-configuration',
  })
})

test('the tenant accepts our certificate, from PEM and from PKCS #12: PS256 with x5t#S256', async (t) => {
  const lab = await startClientLab(t)
  const { pem, pfx, keyCredential } = makeCertificate(lab.folder)
  const { appId } = await lab.registerApplication({ keyCredentials: [keyCredential] })
  await proves(lab, appId, { kind: 'certificate', file: pem })
  await proves(lab, appId, { kind: 'certificate', file: pfx, passphrase: new Secret('pw') })
})

test('a certificate that is not registered is AADSTS700027; once registered, the same file serves', async (t) => {
  const lab = await startClientLab(t)
  const [old, next] = [makeCertificate(lab.folder, 'old'), makeCertificate(lab.folder, 'next')]
  const { appId, id } = await lab.registerApplication({ keyCredentials: [old.keyCredential] })
  const source = await sourceOf(t, lab, { appId, file: old.pem })
  copyFileSync(next.pem, old.pem)
  await assert.rejects(source.getToken({ forceRefresh: true }), {
    code: 'signin/client-refused',
    entraCode: 700027,
  })
  const keyCredentials = [old.keyCredential, next.keyCredential]
  assert.equal((await lab.graph('PATCH', `/applications/${id}`, { keyCredentials })).status, 204)
  assert.ok((await source.getToken({ forceRefresh: true })).token)
})

async function sourceOf(t: TestContext, lab: ClientLab, o: { appId: string; file: string }) {
  const credential = { kind: 'certificate' as const, file: o.file }
  const signedIn = await signInAsApplication({ client: { ...lab.clientOf(o.appId), credential } })
  const vault = openMemoryVault()
  t.after(() => vault.close())
  vault.save(signedIn)
  return createTokenSource(vault, signedIn.account.id)
}
