// Every page of the tenant, reached as a person reaches it: with a keyboard and a mouse, one browser a person.
import { randomUUID } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import { approvalRequiredPage, approvalSentPage } from '../../src/tenant/identity/consent-pages.ts'
import { formPostPage, pageHeaders } from '../../src/tenant/identity/pages.ts'
import { type Application, type People, startPeople } from '../../src/tenant/identity/person.fixture.ts'
import { type ApplicationServer, startApplication } from './application.ts'

export interface PagesLab extends AsyncDisposable {
  readonly people: People
  readonly server: ApplicationServer
  readonly app: Application
  readonly displayName: string
}

/** A long name without a blank, as people give them: it must not push a page wider than the screen. */
const displayName = 'Rechnungsverarbeitungsautomatisierungsdienst (Contoso, invoices)'

export async function startPagesLab(): Promise<PagesLab> {
  const people = await startPeople()
  const server = await startApplication()
  const app = await people.register({
    displayName,
    publicClient: { redirectUris: ['http://localhost/Callback'] },
    isFallbackPublicClient: true,
    requiredResourceAccess: [
      {
        resourceAppId: '00000003-0000-0000-c000-000000000000',
        resourceAccess: [
          { id: '024d486e-b451-40bb-833d-3e66d98c5c73', type: 'Scope' },
          { id: '810c84a8-4a9e-49e6-bf7d-12d183f40d01', type: 'Role' },
        ],
      },
    ],
  })
  return {
    people,
    server,
    app,
    displayName,
    async [Symbol.asyncDispose]() {
      server.close()
      await people.tenant.close()
    },
  }
}

/** Called on each page, with its name and what is special about it now. */
export type Visit = (page: Page, name: string, note?: string) => Promise<void>

export interface Walker {
  readonly lab: PagesLab
  readonly visit: Visit
  readonly javaScript: boolean
  /** A browser of its own for a person. */
  newContext(): Promise<BrowserContext>
}

/** The address of a sign-in to the application. */
export const authorize = ({ people, app, server }: PagesLab, o: Record<string, string | undefined> = {}) =>
  people.authorize(app.appId, { redirect_uri: server.redirectUri, ...o })

export const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) }).click()

export async function typeName(page: Page, login: string): Promise<void> {
  await page.getByLabel('Email address').fill(login)
  await press(page, 'Next')
}
export async function typePassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Sign in')
}

/** Visits every page there is. */
export async function walkEveryPage(walker: Walker): Promise<void> {
  for (const part of [outside, everyday, administrator, strongSignIn, device, notLetIn]) await part(walker)
}

async function outside({ lab, visit, newContext }: Walker): Promise<void> {
  const page = await (await newContext()).newPage()
  const { origin } = lab.people.tenant
  await page.goto(origin)
  await visit(page, 'home')
  await page.goto(`${origin}/error?code=50011`)
  await visit(page, 'look-up')
  await page.goto(`${origin}/error?code=nothing`)
  await visit(page, 'look-up', 'unknown')
  await page.goto(lab.people.authorize('5f1d1b2e-0000-4000-8000-000000000000'))
  await visit(page, 'error')
}

async function everyday(walker: Walker): Promise<void> {
  const { lab, visit, newContext } = walker
  const { people, server } = lab
  const login = await people.createUser({ displayName: 'Grace Hopper' })
  const page = await (await newContext()).newPage()
  await page.goto(authorize(lab))
  await visit(page, 'sign-in')
  await typeName(page, 'nobody')
  await visit(page, 'sign-in', 'no domain')
  await typeName(page, 'nobody@contoso.example')
  await visit(page, 'sign-in', 'unknown name')
  await typeName(page, login)
  await visit(page, 'password')
  await press(page, /^Back/)
  await typeName(page, login)
  await typePassword(page, 'wrong')
  await visit(page, 'password', 'wrong')
  await page.getByText('Forgot password?').click()
  await visit(page, 'password', 'forgotten')
  await typePassword(page, people.passwordOf(login))
  await visit(page, 'stay-signed-in')
  await press(page, 'Yes')
  await visit(page, 'consent')
  for (const row of await page.locator('summary').all()) await row.click()
  await visit(page, 'consent', 'all rows open')
  await press(page, 'Accept')
  await page.waitForURL(`${server.redirectUri}*`)
  await page.goto(authorize(lab, { prompt: 'select_account' }))
  await visit(page, 'pick-account')
  await press(page, `Sign in with ${login} work or school account.`)
  await page.waitForURL(`${server.redirectUri}*`)
  await formPost(page, walker)
  await page.goto(authorize(lab, { scope: 'openid Mail.ReadWrite' }))
  await visit(page, 'need-admin-approval')
  await page.getByRole('link', { name: 'Return to the application without granting consent' }).click()
  await page.waitForURL(`${server.redirectUri}*`)
  await page.goto(`${people.tenant.origin}/common/oauth2/v2.0/logout`)
  await visit(page, 'signed-out')
}

/** With JavaScript the page posts at once, and is gone; without, a person sees it and presses its button. */
async function formPost(page: Page, { lab, visit, javaScript }: Walker): Promise<void> {
  const { server } = lab
  const before = server.arrivals.length
  await page.goto(authorize(lab, { response_mode: 'form_post' }))
  if (!javaScript) {
    await visit(page, 'form-post')
    await press(page, 'Continue')
  }
  await page.waitForURL(`${server.redirectUri}*`)
  const last = server.arrivals.at(-1)!
  if (server.arrivals.length !== before + 1 || last.method !== 'POST' || !last.answer.get('code'))
    throw new Error(`${last.method} without a code`)
}

async function administrator({ lab, visit, newContext }: Walker): Promise<void> {
  const { people, app, server } = lab
  const page = await (await newContext()).newPage()
  const login = await people.createUser({ roles: ['Global Administrator'] })
  await page.goto(
    authorize(lab, { scope: 'openid profile offline_access User.Read Mail.ReadWrite Mail.Send' }),
  )
  await typeName(page, login)
  await typePassword(page, people.passwordOf(login))
  await press(page, 'No')
  await visit(page, 'consent', 'with the box of the organisation')
  await page.getByLabel('Consent on behalf of your organization').check()
  await press(page, 'Cancel')
  await page.waitForURL(`${server.redirectUri}*`)
  const query = new URLSearchParams({
    client_id: app.appId,
    scope: 'https://graph.microsoft.com/.default',
    redirect_uri: server.redirectUri,
  })
  await page.goto(`${people.tenant.origin}/${people.tenant.tenantId}/v2.0/adminconsent?${query}`)
  await visit(page, 'admin-consent')
}

async function strongSignIn({ lab, visit, newContext }: Walker): Promise<void> {
  const { people } = lab
  const page = await (await newContext()).newPage()
  const login = await people.createUser({ mfaRequired: true, mfaRegistered: false, passwordState: 'expired' })
  await page.goto(authorize(lab, { login_hint: login }))
  await typePassword(page, people.passwordOf(login))
  await visit(page, 'change-password')
  const change = async (wanted: string) => {
    await page.getByLabel('Current password').fill(people.passwordOf(login))
    await page.getByLabel('New password').fill(wanted)
    await page.getByLabel('Confirm password').fill(wanted)
    await press(page, 'Sign in')
  }
  await change('short')
  await visit(page, 'change-password', 'refused')
  await change(`long ${randomUUID()}`)
  await visit(page, 'mfa-register')
  await press(page, 'Next')
  await visit(page, 'mfa')
  await press(page, 'Deny')
  await visit(page, 'mfa', 'denied')
  await press(page, /can't use my/)
  await visit(page, 'mfa-code')
  await page.getByLabel('Code', { exact: true }).fill('000000')
  await press(page, 'Verify')
  await visit(page, 'mfa-code', 'wrong')
}

async function device({ lab, visit, newContext }: Walker): Promise<void> {
  const { people, app } = lab
  const { origin, tenantId } = people.tenant
  const login = await people.createUser()
  const page = await (await newContext()).newPage()
  for (const decision of ['Continue', 'Cancel']) {
    const body = new URLSearchParams({ client_id: app.appId, scope: 'openid User.Read' })
    const asked = await fetch(`${origin}/${tenantId}/oauth2/v2.0/devicecode`, { method: 'POST', body })
    const { user_code: code } = (await asked.json()) as { user_code: string }
    await page.goto(`${origin}/devicelogin`)
    await visit(page, 'device-code')
    await page.getByLabel('Code', { exact: true }).fill('WRONG')
    await press(page, 'Next')
    await visit(page, 'device-code', 'wrong')
    await page.getByLabel('Code', { exact: true }).fill(code)
    await press(page, 'Next')
    if (decision === 'Cancel') await press(page, `Sign in with ${login} work or school account.`)
    else {
      await typeName(page, login)
      await typePassword(page, people.passwordOf(login))
      await press(page, 'No')
      await press(page, 'Accept')
    }
    await visit(page, 'device-confirm')
    await press(page, decision)
    await visit(page, decision === 'Cancel' ? 'device-declined' : 'device-done')
  }
}

/** Pages that stop a person; those that no sign-in leads to yet are shown as they would be. */
async function notLetIn({ lab, visit, newContext, javaScript }: Walker): Promise<void> {
  const page = await (await newContext()).newPage()
  const { origin } = lab.people.tenant
  const ids = { traceId: randomUUID(), correlationId: randomUUID(), timestamp: '2026-11-25 12:00:00Z' }
  const back = { url: `${lab.server.redirectUri}?error=access_denied` }
  const rows = [{ title: 'Read and write access to your mail', value: 'Mail.ReadWrite' }]
  const shown = {
    'approval-required': approvalRequiredPage(
      { action: '/x/login', signIn: 'x', csrf: 'x' },
      {
        login: 'ada@contoso.example',
        client: lab.displayName,
        message: 'Admin consent is required, and can be asked for here.',
        ids,
        back,
        otherAccount: '/',
        rows,
      },
    ),
    'approval-sent': approvalSentPage({ client: lab.displayName, back }),
    // Its script is what the policy does not allow here: so it stays to be looked at.
    ...(javaScript && { 'form-post': formPostPage(lab.server.redirectUri, new Map([['code', 'x']])) }),
  }
  for (const [name, html] of Object.entries(shown)) {
    await page.route(`${origin}/shown/${name}`, (route) =>
      route.fulfill({ status: 200, headers: pageHeaders(), body: String(html) }),
    )
    await page.goto(`${origin}/shown/${name}`)
    await visit(page, name)
  }
}
