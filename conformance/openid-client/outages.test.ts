// The sign-in service in trouble, as a fault of the control API names it; and a client that asks too often. entra.md section 6.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { provokes } from '../aadsts.ts'
import { type Lab, startLab, walk } from './lab.ts'

let lab: Lab
let form: Record<string, string>

before(async () => {
  lab = await startLab()
  const { id, appId } = await lab.register({})
  const made = (await (await lab.graph('POST', `/applications/${id}/addPassword`, {})).json()) as {
    secretText: string
  }
  form = {
    grant_type: 'client_credentials',
    client_id: appId,
    client_secret: made.secretText,
    scope: 'https://graph.microsoft.com/.default',
  }
})
after(() => lab.tenant.close())

const post = (correlationId = crypto.randomUUID()): Promise<Response> =>
  fetch(`${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'client-request-id': correlationId },
    body: new URLSearchParams(form),
  })

test('AADSTS50000, 90006, 90012, 90024, 90033, 90055 and 90090: outages come with their status, and Retry-After where it is told', async () => {
  const temporarily = 'temporarily_unavailable'
  for (const [code, error, status] of [
    [50000, 'server_error', 500],
    [90006, 'server_error', 503],
    [90012, temporarily, 503],
    [90024, temporarily, 503],
    [90033, temporarily, 503],
    [90055, temporarily, 429],
    [90090, 'server_error', 503],
  ] as const) {
    await lab.control('POST', 'faults', {
      match: 'POST /*/oauth2/v2.0/token',
      aadsts: code,
      times: 1,
      retryAfterSeconds: 7,
    })
    const correlationId = crypto.randomUUID()
    const answer = await post(correlationId)
    assert.equal(answer.headers.get('retry-after'), '7')
    await provokes(code, { answer, error, status, correlationId })
    assert.equal((await post()).status, 200, 'once is once')
  }
})

test('an outage meets a person on the page, and openid-client in what it throws', async () => {
  await lab.control('POST', 'faults', { match: 'GET /*/oauth2/v2.0/authorize', aadsts: 90033, times: 1 })
  const end = await walk(
    `${lab.tenant.origin}/common/oauth2/v2.0/authorize?client_id=x`,
    lab.person('ada@contoso.example'),
  )
  await provokes(90033, { page: end })
  await lab.control('POST', 'faults', { match: 'POST /*/oauth2/v2.0/token', aadsts: 90033, times: 1 })
  const config = await lab.configuration(form['client_id']!, client.ClientSecretPost(form['client_secret']!))
  const thrown = await client.clientCredentialsGrant(config, { scope: form['scope']! }).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof client.ClientError)
  const answer = thrown.cause as Response
  await provokes(90033, { answer, error: 'temporarily_unavailable', status: 503 })
  const refused = await lab.control('POST', 'faults', { match: 'POST /*/oauth2/v2.0/token', aadsts: 50011 })
  assert.equal(refused.status, 400, 'what a client can provoke is no fault')
})

test('AADSTS50196: the same request more often than the tenant allows in five minutes is a loop; another one is not', async () => {
  await lab.control('PATCH', 'settings', { loopLimit: 3 })
  await lab.control('POST', 'clock', { advanceMs: 301_000 })
  for (let count = 0; count < 3; count++) assert.equal((await post()).status, 200)
  await provokes(50196, { answer: await post(), error: 'invalid_grant' })
  const { scope } = form
  form['scope'] = `${form['client_id']}/.default`
  assert.equal((await post()).status, 200)
  form['scope'] = scope!
  await lab.control('POST', 'clock', { advanceMs: 301_000 })
  assert.equal((await post()).status, 200)
  await lab.control('PATCH', 'settings', { loopLimit: 0 })
})
