// Where a person types the code that a device shows, signs in, and says that this was meant. entra.md section 5.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { DeviceGrant } from './device-codes.ts'
import { deviceCodePage, deviceConfirmPage, deviceDonePage } from './device-pages.ts'
import { failureIds } from './failure.ts'
import type { SharedParts } from './identity.ts'
import { errorPage, pageHeaders } from './pages.ts'

const cookie = 'lldevice'
const wrongCode = { code: 70018, text: "That code didn't work. Check the code and try again." }
const lateCode = { code: 70020, text: 'That code has expired. Get a new code from the app and try again.' }
/** Microsoft's short addresses and the authority each one leads to. */
const shortAddresses: Readonly<Record<string, string>> = {
  'microsoft.com/devicelogin': 'https://login.microsoftonline.com',
  'www.microsoft.com/devicelogin': 'https://login.microsoftonline.com',
  'microsoft.com/deviceloginus': 'https://login.microsoftonline.us',
  'www.microsoft.com/deviceloginus': 'https://login.microsoftonline.us',
}

export function mountDeviceLogin(app: Hono, parts: SharedParts): void {
  const { devices, clients } = parts
  const show = (c: Context, page: ReturnType<typeof deviceCodePage>): Response =>
    c.body(String(page), 200, pageHeaders())

  // The newest of Microsoft's addresses is login.microsoft.com/device: what az and MSAL are told today.
  for (const path of ['/devicelogin', '/deviceloginus', '/device', '/:tenant/oauth2/deviceauth']) {
    app.get(path, (c) => {
      const { hostname, pathname } = new URL(c.req.url)
      const authority = shortAddresses[`${hostname}${pathname.toLowerCase()}`]
      if (authority) return c.redirect(`${authority}/common/oauth2/deviceauth`, 302)
      return show(c, deviceCodePage({}))
    })
  }

  app.post('/devicelogin', async (c) => {
    if (c.req.header('sec-fetch-site') === 'cross-site') return outOfDate(c)
    const typed = new URLSearchParams(await c.req.text()).get('otc') ?? ''
    const device = devices.findTyped(typed)
    if (!device || device.state !== 'pending') return show(c, deviceCodePage({ problem: wrongCode }))
    if (devices.isExpired(device)) return show(c, deviceCodePage({ problem: lateCode }))
    const { origin } = new URL(c.req.url)
    const browser = randomBytes(32).toString('base64url')
    const returnUri = `${origin}/devicelogin/${randomBytes(32).toString('base64url')}`
    devices.lead(device, { returnUri, browser })
    setCookie(c, cookie, browser, { httpOnly: true, sameSite: 'Lax', path: '/devicelogin' })
    // The challenge's verifier is kept nowhere: nobody but this page can use the code that comes back.
    const query = new URLSearchParams({
      client_id: device.appId,
      response_type: 'code',
      redirect_uri: returnUri,
      scope: device.scope,
      prompt: 'select_account',
      code_challenge: randomBytes(32).toString('base64url'),
      code_challenge_method: 'S256',
    })
    return c.redirect(`/${device.tenant}/oauth2/v2.0/authorize?${query}`, 303)
  })

  app.get('/devicelogin/:handle', (c) => {
    const device = deviceHere(c)
    if (!device) return outOfDate(c)
    if (device.state === 'confirm') return show(c, confirmPage(c, device))
    if (device.state !== 'pending' || devices.isExpired(device)) return outOfDate(c)
    const code = c.req.query('code')
    if (!code) {
      devices.decline(device)
      return show(c, deviceDonePage({ client: nameOf(device), approved: false }))
    }
    const signedIn = parts.transaction(() => {
      const issued = parts.grants.findCode(code)
      if (issued?.grant.redirectUri !== device.returnUri || !parts.grants.redeemCode(code)) return false
      return devices.signedIn(device, issued.grant)
    })
    return signedIn ? show(c, confirmPage(c, deviceHere(c)!)) : outOfDate(c)
  })

  app.post('/devicelogin/:handle', async (c) => {
    const device = deviceHere(c)
    const form = new URLSearchParams(await c.req.text())
    if (!device || device.state !== 'confirm' || !same(form.get('csrf') ?? '', device.csrf))
      return outOfDate(c)
    const approved = form.get('decision') === 'continue'
    if (approved) devices.approve(device)
    else devices.decline(device)
    return show(c, deviceDonePage({ client: nameOf(device), approved }))
  })

  /** The device code this address was drawn for, when the same browser asks. */
  function deviceHere(c: Context): DeviceGrant | undefined {
    const { origin, pathname } = new URL(c.req.url)
    const device = devices.findReturn(`${origin}${pathname}`)
    return device && devices.isBrowserOf(device, getCookie(c, cookie) ?? '') ? device : undefined
  }

  const nameOf = (device: DeviceGrant): string =>
    clients.find(device.appId)?.application.displayName ?? device.appId

  const confirmPage = (c: Context, device: DeviceGrant) =>
    deviceConfirmPage({
      action: new URL(c.req.url).pathname,
      csrf: device.csrf,
      client: nameOf(device),
      login: parts.users.find(device.userId ?? '')?.userPrincipalName ?? '',
    })

  function outOfDate(c: Context): Response {
    const message =
      'Invalid input received from the user. This page is out of date: go back to the application and ask for a new code.'
    const ids = failureIds(parts.clock.nowMs(), undefined)
    return show(c, errorPage({ code: 90013, message, ids }))
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
const same = (given: string, kept: string): boolean => timingSafeEqual(sha256(given), sha256(kept))
