import { createInterface, type Interface } from 'node:readline'
import { seedScopes } from '../../facts/scopes.ts'
import type { ClientRegistration, SignedIn, WaitingEvent } from '../../signin/index.ts'
import { CliError } from '../cli-error.ts'
import { parseDuration } from '../duration.ts'
import type { Invocation } from '../invocation.ts'
import { askedCloud, resolveCloud } from '../resolve-cloud.ts'
import { readSettings, saveSettings } from '../settings.ts'
import { oneLine } from '../strip-escapes.ts'
import { needTenant } from '../tenant-control.ts'

export interface LoginFlags {
  readonly tenant?: string
  readonly clientId?: string
  readonly client?: string
  readonly redirectUri?: string
  readonly scope?: string
  readonly noBrowser?: boolean
  readonly timeout?: string
  readonly hintAfter?: string
}

export async function run(invocation: Invocation<LoginFlags>): Promise<void> {
  const { output, home, signal, flags } = invocation
  const client = await chooseClient(invocation)
  const user = invocation.args[0] ?? flags.account
  const { openVault, signInWithBrowser } = await import('../../signin/index.ts')
  const typing = new Typing(invocation, client)
  let signedIn: SignedIn
  try {
    signedIn = await signInWithBrowser({
      client,
      signal,
      timeoutMs: flags.timeout === undefined ? 300_000 : parseDuration(flags.timeout),
      ...(flags.hintAfter !== undefined && { hintAfterMs: parseDuration(flags.hintAfter) }),
      ...(user !== undefined && { expectedUsername: user }),
      onWaiting: (event) => typing.waiting(event),
      openUrl: (url) => openPage(invocation, url),
    })
  } finally {
    typing.close()
  }
  const vault = openVault(home.vaultDir)
  try {
    vault.save(signedIn)
    const { account } = signedIn
    saveSettings(home, {
      registration: {
        cloud: client.cloud.name,
        tenant: account.tid,
        clientId: client.clientId,
        clientKind: client.clientKind,
        redirectUri: client.redirectUri,
        scopes: client.scopes,
      },
      defaultAccount: account.id,
    })
    const { id, username, name, tid, scopes } = account
    output.record({
      id,
      username,
      name,
      tenantId: tid,
      scopes,
      redirectReceived: signedIn.redirectReceived,
      vaultKey: vault.key,
    })
    output.say(`signed in as ${username} (${name}), tenant ${tid}`)
    output.say(`  may      ${scopes.join(' ')}`)
    output.say(
      `  kept in  ${home.vaultDir}, key in ${vault.key === 'file' ? 'vault.key there' : `the ${vault.key}`}`,
    )
  } finally {
    vault.close()
  }
}

async function openPage({ flags, output }: Invocation<LoginFlags>, url: string): Promise<void> {
  output.warn(
    `${flags.noBrowser ? 'open this address in a browser' : 'if no browser opens, open this address'}:\n  ${url}`,
  )
  if (flags.noBrowser) return
  const { openBrowser } = await import('../open-browser.ts')
  await openBrowser(url).catch(() => output.note('no browser could be started here'))
}

/** From the flags, then from what was set up here. */
async function chooseClient({ flags, home, secrets }: Invocation<LoginFlags>): Promise<ClientRegistration> {
  const saved = readSettings(home).registration
  const cloudName = askedCloud(flags) ?? saved?.cloud ?? 'local'
  const own = saved?.cloud === cloudName ? saved : undefined
  const clientId = flags.clientId ?? own?.clientId
  if (clientId === undefined) {
    throw new CliError('cli/client-unknown', 'no client ID is known here', {
      fix: 'letterlock setup registers the application; or give --client-id and --tenant',
    })
  }
  const kind = flags.client ?? own?.clientKind ?? 'public'
  if (kind !== 'public' && kind !== 'confidential')
    throw new CliError('cli/usage', `"${kind}" is not a kind of client`, {
      fix: 'write public or confidential',
    })
  const named = flags.tenant === 'local' ? undefined : flags.tenant
  const tenant =
    named ?? own?.tenant ?? (cloudName === 'local' ? needTenant(home.tenantDir).tenantId : undefined)
  if (tenant === undefined)
    throw new CliError('cli/usage', 'the tenant is not named', {
      fix: 'add --tenant DOMAIN or --tenant GUID',
    })
  // A public client with a secret is refused before the network, and before the cloud is looked for.
  const { checkClient } = await import('../../signin/account.ts')
  const secret = secrets.clientSecret && { clientSecret: secrets.clientSecret }
  if (kind === 'public' && secret)
    checkClient({
      cloud: { name: '', authority: 'https://x', graph: 'https://x', ignoresLocalhostPort: true },
      clientKind: kind,
      ...secret,
    })
  return {
    cloud: resolveCloud(home, cloudName),
    tenant,
    clientId,
    clientKind: kind,
    redirectUri: flags.redirectUri ?? own?.redirectUri ?? 'http://localhost:9999/Callback',
    scopes: flags.scope?.split(/[\s,]+/).filter(Boolean) ?? own?.scopes ?? [...seedScopes],
    ...secret,
  }
}

/** Tells what happens while the browser is away, and explains a number that is typed in. */
class Typing {
  readonly #invocation: Invocation
  readonly #client: ClientRegistration
  #lines: Interface | undefined
  #sentRedirectUri: string
  constructor(invocation: Invocation, client: ClientRegistration) {
    this.#invocation = invocation
    this.#client = client
    this.#sentRedirectUri = client.redirectUri
  }

  waiting(event: WaitingEvent): void {
    const { output } = this.#invocation
    switch (event.kind) {
      case 'listening':
        this.#sentRedirectUri = event.redirectUri
        output.note(`waiting at ${event.redirectUri} (${event.hosts.join(' and ')})`)
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
    const { explain, sayExplanation } = await import('../doctor/explain.ts')
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
