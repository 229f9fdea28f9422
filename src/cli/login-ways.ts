// The four ways in: a browser here, a browser elsewhere (device code, pasted address), and no person at all.
import type { Account, ClientRegistration, PasteRefusal, PersonSignIn, SignedIn } from '../signin/index.ts'
import { CliError } from './cli-error.ts'
import { parseDuration } from './duration.ts'
import type { Invocation } from './invocation.ts'
import type { ClientFlags } from './login-client.ts'
import { LoginWaiting } from './login-waiting.ts'
import { hasNoScreen, surroundings } from './where-we-run.ts'

export interface WayFlags extends ClientFlags {
  readonly noBrowser?: boolean
  readonly deviceCode?: boolean
  readonly paste?: boolean
  readonly loginHint?: string
  readonly domainHint?: string
  readonly prompt?: string
  readonly claims?: string
  readonly timeout?: string
  readonly hintAfter?: string
}

export interface Wanted {
  readonly client: ClientRegistration
  readonly user?: string
  readonly pinnedTo?: Account
}

/** @throws {CliError} `cli/usage` when two ways are asked for */
export function chooseWay(
  flags: WayFlags,
): (invocation: Invocation<WayFlags>, wanted: Wanted) => Promise<SignedIn> {
  const asked = [flags.deviceCode, flags.paste, flags.app].filter(Boolean)
  if (asked.length > 1)
    throw new CliError('cli/usage', 'one sign-in goes one way', {
      fix: 'give one of --device-code, --paste and --app',
    })
  if (flags.app) return asApplication
  if (flags.deviceCode) return byDeviceCode
  return flags.paste ? byPaste : withBrowser
}

async function withBrowser(invocation: Invocation<WayFlags>, wanted: Wanted): Promise<SignedIn> {
  const { flags } = invocation
  const { signInWithBrowser } = await import('../signin/index.ts')
  const isOnlyShown = flags.noBrowser === true || hasNoScreen(surroundings())
  const waiting = new LoginWaiting(invocation, wanted.client, { isOnlyShown })
  try {
    return await signInWithBrowser({
      ...personOf(invocation, wanted),
      timeoutMs: flags.timeout === undefined ? 300_000 : parseDuration(flags.timeout),
      ...(flags.hintAfter !== undefined && { hintAfterMs: parseDuration(flags.hintAfter) }),
      onWaiting: (event) => waiting.tell(event),
      openUrl: (url) => openPage(invocation, url, isOnlyShown),
    })
  } finally {
    waiting.close()
  }
}

async function openPage({ output }: Invocation, url: string, isOnlyShown: boolean): Promise<void> {
  output.warn(
    `${isOnlyShown ? 'open this address in a browser' : 'if no browser opens, open this address'}:\n  ${url}`,
  )
  if (isOnlyShown) return
  const { openBrowser } = await import('./open-browser.ts')
  await openBrowser(url).catch(() => output.note('no browser could be started here'))
}

async function byDeviceCode(invocation: Invocation<WayFlags>, wanted: Wanted): Promise<SignedIn> {
  const { flags, output } = invocation
  const { signInWithDeviceCode } = await import('../signin/index.ts')
  const { loginHint: _, domainHint: __, prompt: ___, ...person } = personOf(invocation, wanted)
  return signInWithDeviceCode({
    ...person,
    ...(flags.timeout !== undefined && { timeoutMs: parseDuration(flags.timeout) }),
    onCode({ verificationUri, userCode, expiresAtMs }) {
      const minutes = Math.round((expiresAtMs - Date.now()) / 60_000)
      output.warn(
        `on any device, open\n  ${typeCodeAt(wanted.client, verificationUri)}\nand type the code\n  ${output.bold(userCode)}`,
      )
      output.note(`waiting for ${minutes} minutes; type no code that somebody sent you`)
    },
    onWaiting: ({ why, intervalMs }) =>
      output.note(
        `${why === 'slow-down' ? 'asked to go slower' : 'the server is away'}: asking every ${Math.round(intervalMs / 1000)} s`,
      ),
  })
}

/** The local tenant names Microsoft's address, as Microsoft does; without its proxy, the page is at its own. */
function typeCodeAt({ cloud }: ClientRegistration, verificationUri: string): string {
  return cloud.name === 'local' ? `${cloud.authority}/devicelogin` : verificationUri
}

const whyRefused: Record<PasteRefusal, string> = {
  'not-an-address': 'that is no address',
  'other-address': 'that is not the address that this sign-in comes back to',
  'repeated-parameter': 'that address was altered: a part of it is there twice',
  'wrong-state': 'that address belongs to another sign-in, or was cut off (its state differs)',
  'no-code': 'that address holds neither a code nor an error',
}

async function byPaste(invocation: Invocation<WayFlags>, wanted: Wanted): Promise<SignedIn> {
  const { output, signal } = invocation
  const { signInByPaste } = await import('../signin/index.ts')
  const { createInterface } = await import('node:readline')
  const lines = createInterface({ input: process.stdin, terminal: false })
  const each = lines[Symbol.asyncIterator]()
  signal.addEventListener('abort', () => lines.close(), { once: true })
  try {
    return await signInByPaste({
      ...personOf(invocation, wanted),
      onUrl(url) {
        output.warn(`open this address in any browser:\n  ${url}`)
        output.warn(
          `it ends on an address that starts with ${wanted.client.redirectUri} and that the browser cannot open;\ncopy that whole address, paste it here and press Enter`,
        )
      },
      async readAddress() {
        const { value, done } = await each.next()
        return done ? undefined : String(value)
      },
      onRefused: (why) => output.warn(`${whyRefused[why]}; paste the right one`),
    })
  } finally {
    lines.close()
  }
}

async function asApplication({ signal }: Invocation<WayFlags>, { client }: Wanted): Promise<SignedIn> {
  const { signInAsApplication } = await import('../signin/index.ts')
  return signInAsApplication({ client, signal })
}

function personOf({ flags, signal }: Invocation<WayFlags>, wanted: Wanted): PersonSignIn {
  const { client, user, pinnedTo } = wanted
  return {
    client,
    signal,
    ...(user !== undefined && { expectedUsername: user }),
    ...(pinnedTo && { pinnedTo }),
    ...(flags.loginHint !== undefined && { loginHint: flags.loginHint }),
    ...(flags.domainHint !== undefined && { domainHint: flags.domainHint }),
    ...(flags.prompt !== undefined && { prompt: flags.prompt }),
    ...(flags.claims !== undefined && { claims: readClaims(flags.claims) }),
  }
}

/** As JSON, or in base64 as Graph's challenge carries it (E 7). */
function readClaims(given: string): string {
  for (const text of [given, Buffer.from(given, 'base64').toString('utf8')]) {
    try {
      if (typeof JSON.parse(text) === 'object') return text
    } catch {
      // the other spelling
    }
  }
  throw new CliError('cli/usage', 'the claims are neither JSON nor base64 of it', {
    fix: 'copy what the error or the WWW-Authenticate header says after claims=',
  })
}
