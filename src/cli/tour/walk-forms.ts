import { CliError } from '../cli-error.ts'

/** Who is played, and what this person types and ticks. */
export interface Person {
  readonly login: string
  readonly password: string
  /** Typed first; must be refused on the page. */
  readonly mistype?: string
  /** Ticks "Consent on behalf of your organization". */
  readonly onBehalf?: boolean
}

export interface Walk {
  /** Names of the pages seen, in order. */
  readonly pages: string[]
  /** AADSTS numbers shown beside a field on the way. */
  readonly refusals: number[]
  /** Where the browser ended, without its query. */
  readonly landedAt: string
}

interface Step {
  readonly url: string
  readonly body?: URLSearchParams
}

const maxTurns = 30

/**
 * Walks the server's own HTML forms as a browser without JavaScript would: follows redirects, keeps cookies, fills in
 * fields, presses buttons, and follows the last redirect to the listener on this machine.
 *
 * @throws {CliError} `cli/page-refused` with the AADSTS number on the page, `cli/page-unknown`
 */
export async function walkForms(start: string, person: Person): Promise<Walk> {
  const { parse } = await import('node-html-parser')
  const home = new URL(start).origin
  const jar = new CookieJar()
  const walk = { pages: [] as string[], refusals: [] as number[] }
  let left = person.mistype === undefined ? 0 : 1
  let next: Step = { url: start }
  for (let turn = 0; turn < maxTurns; turn++) {
    const inside = new URL(next.url).origin === home
    const reply = await fetch(next.url, {
      method: next.body ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { accept: 'text/html', ...(inside && jar.header()) },
      ...(next.body && { body: next.body }),
    })
    if (inside) jar.keep(reply.headers.getSetCookie())
    const location = reply.headers.get('location')
    if (location !== null) {
      await reply.body?.cancel()
      next = { url: new URL(location, next.url).href }
      continue
    }
    const html = await reply.text()
    if (!inside) return { ...walk, landedAt: withoutQuery(next.url) }
    const page = new Page(parse(html), next.url)
    walk.pages.push(page.name)
    const refusal = page.refusal()
    if (refusal !== undefined) {
      walk.refusals.push(refusal.code)
      if (left > 0 && page.name === 'sign-in') left--
      else throw pageRefused(refusal.code, refusal.text, page.ids())
    }
    next = page.answer(person, left > 0)
  }
  throw new CliError('cli/page-unknown', `the sign-in did not end within ${maxTurns} pages`)
}

class CookieJar {
  readonly #cookies = new Map<string, string>()
  keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      const name = pair.slice(0, at).trim()
      if (attributes.some((one) => /^\s*max-age=0\s*$/i.test(one))) this.#cookies.delete(name)
      else this.#cookies.set(name, pair.slice(at + 1).trim())
    }
  }
  header(): Record<string, string> {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
    return pairs.length > 0 ? { cookie: pairs.join('; ') } : {}
  }
}

type Root = import('node-html-parser').HTMLElement

class Page {
  readonly name: string
  readonly #root: Root
  readonly #url: string
  constructor(root: Root, url: string) {
    this.#root = root
    this.#url = url
    this.name = root.querySelector('main[data-page]')?.getAttribute('data-page') ?? ''
  }

  /** The number beside a field, or that of a page that ends the sign-in. */
  refusal(): { code: number; text: string } | undefined {
    const alert = this.#root.querySelector('[role="alert"][data-code]')
    if (alert) return { code: Number(alert.getAttribute('data-code')), text: plain(alert) }
    if (this.name === 'need-admin-approval')
      return { code: 90094, text: 'AADSTS90094: an administrator must approve this application' }
    const main = this.#root.querySelector('main[data-page="error"]')
    return main ? { code: Number(main.getAttribute('data-code')), text: plain(main) } : undefined
  }

  ids(): { requestId?: string; correlationId?: string } {
    const text = plain(this.#root)
    const requestId = /Request Id:?\s*([0-9a-f-]{36})/i.exec(text)?.[1]
    const correlationId = /Correlation Id:?\s*([0-9a-f-]{36})/i.exec(text)?.[1]
    return { ...(requestId && { requestId }), ...(correlationId && { correlationId }) }
  }

  answer(person: Person, mistype: boolean): Step {
    switch (this.name) {
      case 'sign-in':
        return this.#submit('login', { login: mistype ? person.mistype! : person.login })
      case 'password':
        return this.#submit('passwd', { passwd: person.password })
      case 'stay-signed-in':
        return this.#press('stay', 'no')
      case 'consent':
        return this.#press('decision', 'accept', person.onBehalf ? { onBehalf: '1' } : {})
      case 'pick-account':
        return this.#pickAccount(person.login)
      default:
        throw new CliError(
          'cli/page-unknown',
          `the sign-in stopped at a page that nobody here knows: ${plain(this.#root).slice(0, 200)}`,
        )
    }
  }

  #pickAccount(login: string): Step {
    const buttons = this.#root.querySelectorAll('button[name="account"]')
    const own = buttons.find((one) => plain(one).toLowerCase().includes(login.toLowerCase()))
    if (own) return this.#press('account', own.getAttribute('value') ?? '')
    const other = buttons.find((one) => /another/i.test(plain(one))) ?? buttons.at(-1)
    return this.#press('account', other?.getAttribute('value') ?? '')
  }

  #press(name: string, value: string, more: Record<string, string> = {}): Step {
    const form = this.#root
      .querySelectorAll('form')
      .find((one) =>
        one.querySelectorAll(`[name="${name}"]`).some((field) => field.getAttribute('value') === value),
      )
    return this.#send(form, { [name]: value, ...more })
  }

  #submit(field: string, values: Record<string, string>): Step {
    const form = this.#root.querySelectorAll('form').find((one) => one.querySelector(`[name="${field}"]`))
    return this.#send(form, values)
  }

  #send(form: Root | undefined, values: Record<string, string>): Step {
    if (!form) throw new CliError('cli/page-unknown', `the page "${this.name}" has no form to fill in`)
    const body = new URLSearchParams()
    for (const input of form.querySelectorAll('input')) {
      const type = (input.getAttribute('type') ?? 'text').toLowerCase()
      const name = input.getAttribute('name')
      if (name && type === 'hidden') body.set(name, input.getAttribute('value') ?? '')
    }
    for (const [name, value] of Object.entries(values)) body.set(name, value)
    return { url: new URL(form.getAttribute('action') ?? '', this.#url).href, body }
  }
}

function pageRefused(code: number, text: string, ids: object): CliError {
  const said = /AADSTS\d+:[^.]*\./.exec(text)?.[0] ?? text.slice(0, 200)
  return new CliError('cli/page-refused', `the sign-in page refused: ${said}`, { entraCode: code, ids })
}

function plain(element: Root): string {
  return element.textContent.replace(/\s+/g, ' ').trim()
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
