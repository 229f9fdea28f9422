// Attacks by a web page in the same browser, tried in a real Chromium. Those that need no browser: src/tenant/identity/security.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before } from 'node:test'
import type { Page } from 'playwright-core'
import { inChromium, nameOf, openedForFile } from './in-chromium.ts'
import { authorize, press, startPagesLab, typeName, typePassword } from './walk.ts'

const opened = openedForFile()
type Lab = Awaited<ReturnType<typeof startPagesLab>>

/** A site of the attacker's, on another host name than the tenant: what it serves is set by each test. */
const evil = { origin: '', html: '' }
const server = createServer((_request, response) =>
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end(`<!doctype html><title>evil</title>${evil.html}`),
)
before(async () => {
  server.listen(0, 'localhost')
  await once(server, 'listening')
  evil.origin = `http://localhost:${(server.address() as { port: number }).port}`
})
after(() => server.close())

/** What the browser itself says when it stops an attack. */
const expected = /CORS|ERR_FAILED|ERR_BLOCKED|frame|status of 4\d\d|the policy of http:\/\/localhost/i
const attack = (title: string, work: (page: Page, lab: Lab) => Promise<void>): void =>
  inChromium(opened, title, { expected, work: (page) => work(page, opened.lab) })

async function visitEvil(page: Page, html: string): Promise<void> {
  evil.html = html
  await page.goto(evil.origin)
}

attack(
  'a web page in the same browser cannot drive the control API, not even one that knows the token',
  async (page, lab) => {
    const { origin, controlToken } = lab.people.tenant
    const clock = () => lab.people.control('GET', 'clock')
    const before = Number((await clock())['nowMs'])
    await visitEvil(page, '<h1>evil</h1>')
    for (const init of [
      {
        method: 'POST',
        mode: 'cors',
        headers: { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' },
        body: '{"advanceMs":86400000}',
      },
      {
        method: 'POST',
        mode: 'no-cors',
        headers: { 'content-type': 'text/plain' },
        body: '{"advanceMs":86400000}',
      },
      { method: 'POST', mode: 'cors', credentials: 'include', body: '{"advanceMs":86400000}' },
    ]) {
      const said = await page.evaluate(
        ([url, how]) =>
          fetch(url as string, how as RequestInit).then(
            (reply) => `${reply.type} ${reply.status}`,
            () => 'blocked',
          ),
        [`${origin}/_letterlock/clock`, init] as const,
      )
      assert.match(said, /^(blocked|opaque 0)$/, `${init.mode} was answered readably: ${said}`)
    }
    await page.setContent(
      `<form method="post" enctype="text/plain" action="${origin}/_letterlock/clock"><input name='{"advanceMs":86400000,"x":"' value='"}'><button>Go</button></form>`,
    )
    await press(page, 'Go')
    await page.waitForURL(`${origin}/_letterlock/clock`)
    assert.ok(Number((await clock())['nowMs']) - before < 3_600_000, 'the clock was moved')
  },
)

attack('clickjacking: the sign-in page and the consent page stay empty in a frame', async (page, lab) => {
  await signIn(page, lab)
  for (const url of [
    authorize(lab, { prompt: 'login' }),
    authorize(lab, { prompt: 'consent' }),
    `${lab.people.tenant.origin}/devicelogin`,
  ]) {
    await visitEvil(page, `<iframe src="${url.replaceAll('&', '&amp;')}"></iframe>`)
    const frame = page.frames()[1]
    assert.ok(frame, 'there is a frame')
    assert.equal(await frame.locator('main').count(), 0, url)
  }
})

attack(
  'CSRF on consent: a form of another site comes without the cookies, and changes nothing',
  async (page, lab) => {
    await signIn(page, lab)
    await page.goto(authorize(lab))
    assert.equal(await nameOf(page), 'consent')
    // The worst case: the attacker knows every hidden field of the page that the person has before them.
    const fields = await page
      .locator('form input[type=hidden]')
      .evaluateAll((inputs) => inputs.map((one) => one.outerHTML).join(''))
    const action = await page.locator('main form').last().getAttribute('action')
    const arrivals = lab.server.arrivals.length
    const second = await page.context().newPage()
    evil.html = `<form method="post" action="${lab.people.tenant.origin}${action}">${fields}<button name="decision" value="accept">Win</button></form>`
    await second.goto(evil.origin)
    await press(second, 'Win')
    assert.equal(await nameOf(second), 'error')
    assert.match(await second.locator('main').innerText(), /AADSTS90013/)
    assert.equal(lab.server.arrivals.length, arrivals)
    await press(page, 'Accept')
    await page.waitForURL(`${lab.server.redirectUri}*`)
  },
)

attack(
  'XSS: names, hints and errors that are scripts are shown as text, and none of them runs',
  async (page, lab) => {
    const { people, server: application } = lab
    let ran = 0
    page.on('dialog', (dialog) => {
      ran++
      void dialog.dismiss()
    })
    const script = `"><img src=x onerror=alert(1)><script>alert(1)</script>`
    const app = await people.register({
      displayName: script,
      publicClient: { redirectUris: ['http://localhost/Callback'] },
    })
    const login = await people.createUser({ displayName: script })
    const ask = (o: Record<string, string>) =>
      people.authorize(app.appId, { redirect_uri: application.redirectUri, ...o })
    await page.goto(ask({ login_hint: script }))
    assert.equal(await page.getByLabel('Email address').inputValue(), script)
    await page.goto(ask({ response_type: script }))
    await page.goto(ask({ redirect_uri: `http://localhost/${script}` }))
    await page.goto(`${people.tenant.origin}/error?code=${encodeURIComponent(script)}`)
    await page.goto(ask({}))
    await typeName(page, login)
    await typePassword(page, people.passwordOf(login))
    await press(page, 'No')
    assert.equal(await page.getByRole('heading', { level: 2 }).innerText(), script)
    await page.goto(ask({ scope: 'openid Mail.ReadWrite' }))
    assert.equal(await nameOf(page), 'need-admin-approval')
    assert.equal(ran, 0)
  },
)

attack(
  'a web page cannot read the pages, the session or Graph of a person who is signed in',
  async (page, lab) => {
    await signIn(page, lab)
    await visitEvil(page, '<h1>evil</h1>')
    for (const path of [
      '/common/oauth2/v2.0/authorize',
      '/devicelogin',
      '/v1.0/me',
      '/_letterlock/users',
      '/',
    ]) {
      const said = await page.evaluate(
        (url) =>
          fetch(url, { credentials: 'include' }).then(
            (reply) => reply.text(),
            () => 'blocked',
          ),
        lab.people.tenant.origin + path,
      )
      assert.equal(said, 'blocked', path)
    }
  },
)

async function signIn(page: Page, lab: Lab): Promise<void> {
  const login = await lab.people.createUser()
  await page.goto(authorize(lab))
  await typeName(page, login)
  await typePassword(page, lab.people.passwordOf(login))
  await press(page, 'Yes')
  assert.equal(await nameOf(page), 'consent')
}
