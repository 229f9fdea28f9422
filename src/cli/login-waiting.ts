// What a person is told while the browser is away, and the answer to a number that is typed in.
import { createInterface, type Interface } from 'node:readline'
import type { ClientRegistration, WaitingEvent } from '../signin/index.ts'
import type { Invocation } from './invocation.ts'
import { oneLine } from './strip-escapes.ts'
import { browserHint, surroundings } from './where-we-run.ts'

export class LoginWaiting {
  readonly #invocation: Invocation
  readonly #client: ClientRegistration
  #lines: Interface | undefined
  /** The person opens the address, and perhaps elsewhere. */
  readonly #isOnlyShown: boolean
  #sentRedirectUri: string

  constructor(invocation: Invocation, client: ClientRegistration, o: { readonly isOnlyShown: boolean }) {
    this.#isOnlyShown = o.isOnlyShown
    this.#invocation = invocation
    this.#client = client
    this.#sentRedirectUri = client.redirectUri
  }

  tell(event: WaitingEvent): void {
    const { output } = this.#invocation
    switch (event.kind) {
      case 'listening':
        this.#sentRedirectUri = event.redirectUri
        output.note(`waiting at ${event.redirectUri} (${event.hosts.join(' and ')})`)
        if (this.#isOnlyShown)
          for (const line of browserHint(surroundings(), portOf(event.redirectUri))) output.warn(line)
        this.#listen()
        break
      case 'port-changed':
        output.note(
          `port ${event.from} is busy${event.heldBy ? ` (${event.heldBy})` : ''}; using ${event.to}: Entra ignores the port of localhost`,
        )
        break
      case 'ignored-request':
        output.note(`ignored a request that is not the answer (${event.why}, ${event.status}); still waiting`)
        break
      case 'page-error-hint':
        output.warn(
          'still waiting. If the page shows an error, it stays there: it never comes back to this program.',
        )
        output.warn(
          this.#lines
            ? 'type the number it shows, such as AADSTS50011, and press Enter; Ctrl-C ends the wait'
            : 'ask for the number it shows in another terminal: letterlock doctor AADSTS50011',
        )
        break
    }
  }

  close(): void {
    this.#lines?.close()
  }

  #listen(): void {
    if (this.#lines || !process.stdin.isTTY) return
    this.#lines = createInterface({ input: process.stdin, terminal: false })
    this.#lines.on('line', (line) => void this.#explain(oneLine(line)))
  }

  async #explain(typed: string): Promise<void> {
    if (typed === '') return
    const { output } = this.#invocation
    const { explain, sayExplanation } = await import('./doctor/explain.ts')
    const found = await explain(typed)
    if (!found) {
      output.warn(`nobody here knows "${typed.slice(0, 80)}"; the page writes AADSTS and a number`)
      return
    }
    sayExplanation((text) => output.warn(text), found)
    output.warn('  what this sign-in sent:')
    output.warn(`    client ID     ${this.#client.clientId}`)
    output.warn(`    tenant        ${this.#client.tenant}`)
    output.warn(`    redirect URI  ${this.#sentRedirectUri}  (the path’s letter case must be as registered)`)
    output.warn(`    scopes        ${this.#client.scopes.join(' ')}`)
    output.warn('still waiting')
  }
}

function portOf(redirectUri: string): number {
  return Number(new URL(redirectUri).port || 80)
}
