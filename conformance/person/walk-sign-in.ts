// A person for tests: walks the tenant’s sign-in and consent forms as a browser without JavaScript would.
import { parse } from 'node-html-parser'

/** Where a walk ended: the redirect to the application, and the cookies the browser then holds for the tenant. */
export interface WalkEnd {
  readonly redirect: URL
  readonly cookie: string
}

/**
 * Opens a URL and fills in every form until the browser would land outside the tenant; fetches that last page too,
 * unless `stopOutside`.
 */
export async function walkSignIn(
  url: string,
  person: { login: string; password: string; stopOutside?: boolean },
): Promise<WalkEnd> {
  const tenantOrigin = new URL(url).origin
  const cookies = new Map<string, string>()
  let next: { url: string; method: string; body?: URLSearchParams } = { url, method: 'GET' }
  for (let turn = 0; turn < 20; turn++) {
    const inside = new URL(next.url).origin === tenantOrigin
    const cookie = [...cookies].map(([k, v]) => `${k}=${v}`).join('; ')
    const end: WalkEnd = { redirect: new URL(next.url), cookie }
    if (!inside && person.stopOutside) return end
    const reply = await fetch(next.url, {
      method: next.method,
      redirect: 'manual',
      headers: inside && cookie ? { cookie } : {},
      ...(next.body ? { body: next.body } : {}),
    })
    for (const line of inside ? reply.headers.getSetCookie() : []) {
      const [pair] = line.split(';')
      const at = pair!.indexOf('=')
      cookies.set(pair!.slice(0, at), pair!.slice(at + 1))
    }
    const location = reply.headers.get('location')
    if (location) {
      await reply.body?.cancel()
      next = { url: new URL(location, next.url).href, method: 'GET' }
      continue
    }
    const html = await reply.text()
    if (!inside) return end
    next = fillForm(html, next.url, person)
  }
  throw new Error('the sign-in did not end within 20 pages')
}

function fillForm(html: string, pageUrl: string, person: { login: string; password: string }) {
  const page = parse(html)
  const name = page.querySelector('[data-page]')?.getAttribute('data-page')
  const form = page.querySelector('form')
  if (!form || name === 'error')
    throw new Error(`stopped at the page ${name}: ${page.textContent.replace(/\s+/g, ' ').slice(0, 400)}`)
  const body = new URLSearchParams()
  for (const input of form.querySelectorAll('input')) {
    const type = input.getAttribute('type')
    if (type !== 'checkbox' && type !== 'submit')
      body.set(input.getAttribute('name') ?? '', input.getAttribute('value') ?? '')
  }
  if (name === 'sign-in') body.set('login', person.login)
  if (name === 'password') body.set('passwd', person.password)
  if (name === 'stay-signed-in') body.set('stay', 'no')
  if (name === 'consent') body.set('decision', 'accept')
  return { url: new URL(form.getAttribute('action') ?? '', pageUrl).href, method: 'POST', body }
}
