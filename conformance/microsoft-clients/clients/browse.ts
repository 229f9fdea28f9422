// A person at a browser without JavaScript: follows redirects, fills in the tenant's forms, and keeps cookies by host.
import { parse, type HTMLElement } from 'node-html-parser'

export interface Person {
  readonly login: string
  readonly password: string
  /** What the device shows, where the person is asked for it. */
  readonly userCode?: string
}

interface Step {
  readonly url: string
  readonly body?: URLSearchParams
}

/**
 * Walks until a page that is not the tenant's, or one without a form. Resolves with its address and text. Redirects to
 * `stopAt` are not followed.
 */
export async function browse(
  start: string,
  person: Person,
  stopAt?: string,
): Promise<{ url: URL; text: string }> {
  const jar = new Map<string, Map<string, string>>()
  let step: Step = { url: start }
  for (let turn = 0; turn < 30; turn++) {
    const url = new URL(step.url)
    if (stopAt && step.url.startsWith(stopAt)) return { url, text: '' }
    const cookies = jar.get(url.host) ?? new Map<string, string>()
    jar.set(url.host, cookies)
    const reply = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(step.body ? { method: 'POST', body: step.body } : {}),
    })
    for (const line of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const text = await reply.text()
    const location = reply.headers.get('location')
    if (location) {
      step = { url: new URL(location, url).href }
      continue
    }
    const main = parse(text).querySelector('main[data-page]')
    const form = main?.querySelector('form')
    if (!main || !form) return { url, text }
    if (main.querySelector('[role=alert]') || main.getAttribute('data-page') === 'need-admin-approval')
      throw new Error(`the person is stopped at ${url.host}: ${main.text.replaceAll(/\s+/g, ' ')}`)
    const action = new URL(form.getAttribute('action') ?? '', url).href
    step = { url: action, body: fill(form, main.getAttribute('data-page')!, person) }
  }
  throw new Error('the sign-in did not end')
}

function fill(form: HTMLElement, page: string, person: Person): URLSearchParams {
  const typed: Record<string, string | undefined> = {
    login: person.login,
    passwd: person.password,
    otc: person.userCode,
  }
  const body = new URLSearchParams()
  for (const input of form.querySelectorAll('input')) {
    const name = input.getAttribute('name')!
    if (input.getAttribute('type') !== 'checkbox')
      body.set(name, typed[name] ?? input.getAttribute('value') ?? '')
  }
  if (page === 'stay-signed-in') body.set('stay', 'no')
  if (page === 'consent') body.set('decision', 'accept')
  if (page === 'device-confirm') body.set('decision', 'continue')
  if (page === 'pick-account') body.set('account', 'other')
  return body
}
