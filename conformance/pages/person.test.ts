// A person at a real Chromium: the whole sign-in, with the keyboard alone, with the back button, and in two tabs.
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { inChromium, nameOf, openedForFile } from './in-chromium.ts'
import { authorize, press, type PagesLab, typeName, typePassword } from './walk.ts'

const opened = openedForFile()
const person = (title: string, work: (page: Page, lab: PagesLab) => Promise<void>): void =>
  inChromium(opened, title, { work: (page) => work(page, opened.lab) })
const arrived = (page: Page) => page.waitForURL(`${opened.lab.server.redirectUri}*`)

/** Redeems what the browser came back with last: the proof that the sign-in is whole. */
async function assertSignedIn(login: string): Promise<void> {
  const { lab } = opened
  const { body } = await lab.people.token({
    client_id: lab.app.appId,
    grant_type: 'authorization_code',
    redirect_uri: lab.server.redirectUri,
    code: lab.server.arrivals.at(-1)!.answer.get('code') ?? '',
    code_verifier: lab.people.verifier,
  })
  const [, payload] = String(body['id_token']).split('.')
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as Record<string, unknown>
  assert.equal(claims['preferred_username'], login)
}

person(
  'a person signs in with the keyboard alone, from the address to the application',
  async (page, lab) => {
    const login = await lab.people.createUser()
    await page.goto(authorize(lab))
    // The field that is asked for has the focus already on each page.
    for (const typed of [login, lab.people.passwordOf(login)]) {
      await page.locator('input:focus').waitFor()
      await page.keyboard.type(typed)
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    }
    assert.equal(await nameOf(page), 'stay-signed-in')
    await pressByKeyboard(page, 'Yes')
    assert.equal(await nameOf(page), 'consent')
    await pressByKeyboard(page, 'Accept')
    await arrived(page)
    await assertSignedIn(login)
  },
)

/** Tab until the button of this name has the focus, then the space bar. */
async function pressByKeyboard(page: Page, name: string): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate('document.activeElement?.textContent')) === name)
      return void (await Promise.all([page.waitForNavigation(), page.keyboard.press('Space')]))
  }
  assert.fail(`Tab does not lead to ${name}`)
}

person('the back button leads to the page before, and the sign-in goes on from there', async (page, lab) => {
  const [mistaken, login] = [await lab.people.createUser(), await lab.people.createUser()]
  await page.goto(authorize(lab))
  await typeName(page, mistaken)
  assert.equal(await nameOf(page), 'password')
  await page.goBack()
  assert.equal(await nameOf(page), 'sign-in')
  await typeName(page, login)
  await typePassword(page, 'wrong')
  await typePassword(page, lab.people.passwordOf(login))
  await press(page, 'No')
  assert.equal(await nameOf(page), 'consent')
  await page.goBack()
  assert.equal(await nameOf(page), 'stay-signed-in')
  await page.goForward()
  await press(page, 'Accept')
  await arrived(page)
  await assertSignedIn(login)
})

person('who goes back to a form that is done with is told so, and gets no second code', async (page, lab) => {
  const login = await lab.people.createUser()
  await page.goto(authorize(lab))
  await typeName(page, login)
  await typePassword(page, lab.people.passwordOf(login))
  await press(page, 'No')
  await press(page, 'Accept')
  await arrived(page)
  const before = lab.server.arrivals.length
  await page.goBack()
  assert.equal(await nameOf(page), 'consent')
  await press(page, 'Accept')
  assert.equal(await nameOf(page), 'error')
  assert.match(await page.locator('main').innerText(), /AADSTS90013.*This page is out of date/)
  assert.equal(lab.server.arrivals.length, before)
})

person('two tabs sign in at the same time, each to its own end', async (page, lab) => {
  const login = await lab.people.createUser()
  const second = await page.context().newPage()
  await page.goto(authorize(lab, { state: 'first' }))
  await second.goto(authorize(lab, { state: 'second' }))
  for (const tab of [page, second]) await typeName(tab, login)
  for (const tab of [second, page]) await typePassword(tab, lab.people.passwordOf(login))
  for (const tab of [page, second]) await press(tab, 'No')
  await press(page, 'Accept')
  await arrived(page)
  assert.equal(lab.server.arrivals.at(-1)!.answer.get('state'), 'first')
  await press(second, 'Accept')
  await arrived(second)
  assert.equal(lab.server.arrivals.at(-1)!.answer.get('state'), 'second')
  await assertSignedIn(login)
})

person('a second tab finds the session of the first, and signing out ends it for both', async (page, lab) => {
  const login = await lab.people.createUser()
  await page.goto(authorize(lab))
  await typeName(page, login)
  await typePassword(page, lab.people.passwordOf(login))
  await press(page, 'Yes')
  await press(page, 'Accept')
  await arrived(page)
  const second = await page.context().newPage()
  await second.goto(authorize(lab))
  await arrived(second)
  await page.goto(`${lab.people.tenant.origin}/common/oauth2/v2.0/logout`)
  await second.goto(authorize(lab))
  assert.equal(await nameOf(second), 'sign-in')
})
