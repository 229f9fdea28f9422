// What stands for the browser in a transcript: BROWSER runs it with the address. PLAY says what the person does.
import { walkForms } from '../tour/walk-forms.ts'
import { openControl } from '../tenant-control.ts'

const url = process.argv.at(-1)!
const play = JSON.parse(process.env['PLAY'] ?? '{}') as {
  login?: string
  password?: string
  /** Requests that come to the listener before the answer. */
  first?: boolean
  /** The person dawdles on the page for so long, by the tenant's clock. */
  dawdleMs?: number
  tenantDir?: string
}

if (play.login !== undefined) {
  const redirect = new URL(new URL(url).searchParams.get('redirect_uri')!)
  if (play.first) {
    for (const path of ['/favicon.ico', `${redirect.pathname}?code=stolen&state=forged`, redirect.pathname])
      await fetch(new URL(path, redirect)).then((reply) => reply.body?.cancel())
  }
  const realFetch = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    // Between Entra's redirect and the listener: here the person may dawdle.
    if (play.dawdleMs !== undefined && String(input).startsWith(redirect.origin)) {
      globalThis.fetch = realFetch
      await openControl(play.tenantDir!).call('POST', 'clock', { advanceMs: play.dawdleMs })
    }
    return realFetch(input, init)
  }
  // A page that ends the walk stays open, as a person would leave it.
  await walkForms(url, { login: play.login, password: play.password ?? '' }).catch(() => undefined)
}
