import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/facts/clock.ts'
import { Secret, signInWithDeviceCode, type DeviceCode } from '../../src/signin/index.ts'
import { ada, startJudge, tenantId, typeCode } from './provider.ts'

/** A hundred times as fast. */
const quickClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms / 100)),
}

test('oidc-provider signs our public client in by device code, after waiting for the person', async (t) => {
  const provider = await startJudge()
  t.after(() => provider.close())
  const { account, tokens } = await signInWithDeviceCode({
    client: provider.publicClient,
    clock: quickClock,
    expectedUsername: ada.username,
    async onCode(code: DeviceCode) {
      while (!provider.events.some((event) => event.includes('authorization_pending')))
        await new Promise<void>((resolve) => provider.once('grant.error', resolve))
      assert.match(await typeCode(code.verificationUriComplete ?? ''), /Sign-in Success/)
    },
  })
  assert.equal(account.id, `${ada.oid}.${tenantId}`)
  assert.ok(tokens.refreshToken)
  assert.match(provider.events.join(), /authorization_pending.*grant\.success/)
  assert.deepEqual(provider.pageErrors, [])
})

test('oidc-provider signs our confidential client in by device code with its secret', async (t) => {
  const provider = await startJudge()
  t.after(() => provider.close())
  const { account } = await signInWithDeviceCode({
    client: { ...provider.confidential, credential: { kind: 'secret', secret: new Secret(provider.secret) } },
    clock: quickClock,
    onCode: (code) => void typeCode(code.verificationUriComplete ?? ''),
  })
  assert.equal(account.oid, ada.oid)
})

test('a person who declines at oidc-provider ends the wait', async (t) => {
  const provider = await startJudge()
  t.after(() => provider.close())
  const waiting = signInWithDeviceCode({
    client: provider.publicClient,
    clock: quickClock,
    onCode: (code) => void typeCode(code.verificationUriComplete ?? '', 'decline'),
  })
  await assert.rejects(waiting, { code: 'signin/declined', oauthError: 'access_denied' })
})
