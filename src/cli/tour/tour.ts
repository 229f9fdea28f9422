import { existsSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seedScopes } from '../../facts/scopes.ts'
import type { RunSummary } from '../../flow/index.ts'
import type { ClientRegistration, SignedIn, WaitingEvent } from '../../signin/index.ts'
import { adminClient, adminRights, localAdmin } from '../admin.ts'
import { CliError } from '../cli-error.ts'
import { homeAt, type Home } from '../home.ts'
import type { ExitCode, Invocation } from '../invocation.ts'
import { localCloud } from '../resolve-cloud.ts'
import { saveSettings } from '../settings.ts'
import { oneLine } from '../strip-escapes.ts'
import { type Control, findTenant, openControl } from '../tenant-control.ts'
import { startTenantProcess, stopTenant, type TenantProcess, usualTenantPort } from '../tenant-process.ts'
import { countReplies } from './count-replies.ts'
import { importMail } from './import-mail.ts'
import { runAndKill } from './kill-run.ts'
import type { EndedMessage } from './run-child.ts'
import { playPerson } from './person.ts'
import { sayStep } from './say.ts'
import { performProcedure, type Registered } from './steps.ts'

export interface TourFlags {
  readonly mail?: string
  readonly browser?: boolean
  readonly fresh?: boolean
  readonly homeInClone?: boolean
}

export interface TourSummary {
  readonly ok: boolean
  readonly scenario: 'seed'
  readonly steps: number
  readonly inScope: number
  readonly handled: number
  readonly skipped: number
  readonly failed: number
  readonly doubtful: number
  readonly sent: number
  readonly repeated: number
  readonly kills: number
  readonly elapsedMs: number
  readonly tenant: string
}

export const automationUser = 'invoice.bot@contoso.example'
const redirectUri = 'http://localhost:9999/Callback'
const clone = fileURLToPath(new URL('../../../', import.meta.url))
const flowFile = fileURLToPath(new URL('../../../examples/invoices.flow.ts', import.meta.url))

/** The seed's whole procedure on the local tenant, then a loop over a mailbox that is killed in the middle. */
export async function takeTour(given: Invocation<TourFlags>): Promise<ExitCode> {
  const home = tourHome(given)
  const invocation = { ...given, home }
  const began = performance.now()
  const say = (line: string): void => (given.output.json ? given.output.note(line) : given.output.say(line))
  if (given.flags.fresh) await startOver(home)
  const tenant = await startTenant(home)
  try {
    say(`The local tenant ${tenant.ours ? 'is' : 'was already'} up at ${tenant.address.origin}`)
    const summary = await walk(invocation, { say, began, tenant })
    given.output.record(summary)
    sayNext(say, home)
    if (tenant.ours && given.output.terminal && process.stdout.isTTY && !given.output.json)
      await stayUp(invocation, tenant)
    return summary.failed + summary.doubtful > 0 ? 6 : summary.ok ? 0 : 1
  } finally {
    await tenant.stop()
  }
}

interface TourState {
  readonly say: (line: string) => void
  readonly began: number
  readonly tenant: TenantProcess
}

async function walk(invocation: Invocation<TourFlags>, o: TourState): Promise<TourSummary> {
  const { home, flags, signal } = invocation
  const { say, tenant } = o
  const control = openControl(home.tenantDir)
  const from = flags.mail === undefined ? {} : { from: flags.mail }
  // Nothing reads the mail before the run: it is brought in while the steps are taken.
  const importing = importMail(control, { user: automationUser, ...from })
  importing.catch(() => undefined)
  const registered = await register(invocation, o)
  say('')
  const imported = await importing
  say(
    `Mail of ${automationUser}: ${imported.imported} imported, ${imported.duplicates} there already, ${imported.failed.length} that cannot be imported`,
  )
  for (const one of imported.failed) say(`      ${one.name}: ${one.why}`)
  const bot = await signAutomationIn(invocation, { ...o, registered })
  say(`${bot.account.username} signed in with PKCE`)
  say(`      came back to ${bot.redirectReceived}`)
  say(`      granted      ${bot.account.scopes.join(' ')}`)
  say('')
  const { summary, messages, total, sent, repeated, kills } = await loop(invocation, { ...o, control })
  const elapsedMs = Math.round(performance.now() - o.began)
  say('')
  say(`${sent} replies for ${total.replied} messages; repeated ${repeated}, doubtful ${total.doubtful}`)
  say(
    `      of ${total.inScope} in scope: ${total.handled} handled, ${total.skipped} skipped, ${total.failed} failed; ${(elapsedMs / 1000).toFixed(1)} s in all`,
  )
  sayMessages(say, { messages, byName: flags.mail !== undefined })
  if (summary.coverage !== 'complete') say(`      not looked at: ${summary.coverage.incomplete}`)
  signal.throwIfAborted()
  return {
    ok: repeated === 0 && total.doubtful === 0 && summary.coverage === 'complete',
    scenario: 'seed',
    steps: registered.steps,
    inScope: total.inScope,
    handled: total.handled,
    skipped: total.skipped,
    failed: total.failed,
    doubtful: total.doubtful,
    sent,
    repeated,
    kills,
    elapsedMs,
    tenant: tenant.address.origin,
  }
}

/** With the person's own mail every message is named; else only those that need a person, and why others were skipped. */
function sayMessages(
  say: (line: string) => void,
  o: { readonly messages: readonly EndedMessage[]; readonly byName: boolean },
): void {
  const reasons = new Map<string, number>()
  for (const { state, subject, reason = '' } of o.messages) {
    if (o.byName || state === 'failed' || state === 'doubtful')
      say(`      ${state} "${oneLine(subject)}"${reason === '' ? '' : `: ${oneLine(reason)}`}`)
    else if (state === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  for (const [reason, count] of reasons) say(`      skipped ${count}: ${oneLine(reason)}`)
}

async function register(invocation: Invocation<TourFlags>, o: TourState): Promise<Registered> {
  const cloud = localCloud(o.tenant.address)
  const { createGraphClient } = await import('../../graph/index.ts')
  const registered = await performProcedure(
    {
      cloud,
      tenant: o.tenant.address.tenantId,
      name: 'Invoice bot',
      redirectUri,
      user: automationUser,
      async signIn() {
        const client = adminClient({
          cloud,
          tenant: o.tenant.address.tenantId,
          scopes: adminRights.setup,
        })
        const { signedIn, proof } = await signIn(invocation, { client, login: localAdmin, mistype: 'admin' })
        const { accessToken } = signedIn.tokens
        const graph = createGraphClient({
          graphOrigin: cloud.graph,
          getToken: async () => ({ token: accessToken }),
        })
        return { graph, signedIn, proof }
      },
    },
    (step) => {
      sayStep(o.say, step)
      invocation.signal.throwIfAborted()
    },
  )
  saveSettings(invocation.home, { registration: registered.saved })
  return registered
}

async function signAutomationIn(
  invocation: Invocation<TourFlags>,
  o: TourState & { registered: Registered },
): Promise<SignedIn> {
  const { openVault } = await import('../../signin/index.ts')
  const client = {
    cloud: localCloud(o.tenant.address),
    tenant: o.registered.tenantId,
    clientId: o.registered.clientId,
    clientKind: 'public' as const,
    redirectUri,
    scopes: seedScopes,
  }
  const { signedIn } = await signIn(invocation, { client, login: automationUser })
  const vault = openVault(invocation.home.vaultDir)
  try {
    for (const account of vault.list())
      if (
        account.cloud.name === 'local' &&
        account.id !== signedIn.account.id &&
        account.tid !== o.registered.tenantId
      )
        vault.remove(account.id)
    vault.save(signedIn)
  } finally {
    vault.close()
  }
  saveSettings(invocation.home, { defaultAccount: signedIn.account.id })
  return signedIn
}

/** One person's sign-in: played, or in the person's own browser. */
async function signIn(
  { home, flags, signal, output }: Invocation<TourFlags>,
  o: { client: ClientRegistration; login: string; mistype?: string },
): Promise<{ signedIn: SignedIn; proof: string[] }> {
  const { signInWithBrowser } = await import('../../signin/index.ts')
  const { client, login } = o
  const onWaiting = (event: WaitingEvent): void => {
    if (event.kind === 'port-changed') output.note(`port ${event.from} is busy; ${event.to} is used instead`)
  }
  if (flags.browser) {
    const { openBrowser } = await import('../open-browser.ts')
    const signedIn = await signInWithBrowser({
      client,
      expectedUsername: login,
      signal,
      onWaiting,
      async openUrl(url) {
        output.warn(
          `sign in as ${login}; "letterlock tenant users" has the password. If no browser opens:\n  ${url}`,
        )
        await openBrowser(url).catch(() => undefined)
      },
    })
    return { signedIn, proof: [proofOf(signedIn)] }
  }
  const person = await playPerson(home, login, o.mistype === undefined ? {} : { mistype: o.mistype })
  const signedIn = await signInWithBrowser({
    client,
    signal,
    onWaiting,
    openUrl: person.openUrl,
    // The name goes along as a hint and would be filled in already: nobody could mistype it.
    ...(o.mistype === undefined && { expectedUsername: login }),
  })
  const refused = (await person.walk())?.refusals ?? []
  if (o.mistype !== undefined && refused.length === 0)
    throw new CliError(
      'cli/proof-missing',
      `step 1 cannot be proved: the page took "${o.mistype}" without its domain`,
    )
  const asked =
    o.mistype === undefined ? [] : [`"${o.mistype}" without its domain was refused (AADSTS${refused[0]})`]
  return { signedIn, proof: [proofOf(signedIn), ...asked] }
}

function proofOf({ account, redirectReceived }: SignedIn): string {
  return `${account.username} (${account.oid}), came back to ${redirectReceived}`
}

/**
 * Exchange may hide an accepted send for minutes, so a run looks for ten. This tenant says how long it hides one, to the
 * millisecond: that and half a second is as safe here and ends the tour while the person is watching.
 */
async function settleWaitFor(control: Control): Promise<string> {
  const { sendVisibleMs, sendHiddenMs } = await control.call<{ sendVisibleMs: number; sendHiddenMs: number }>(
    'GET',
    'settings',
  )
  return `${sendVisibleMs + sendHiddenMs + 500}ms`
}

interface Looped {
  readonly summary: RunSummary
  readonly messages: readonly EndedMessage[]
  readonly total: {
    readonly inScope: number
    readonly handled: number
    readonly skipped: number
    readonly failed: number
    readonly doubtful: number
    readonly replied: number
  }
  readonly sent: number
  readonly repeated: number
  readonly kills: number
}

async function loop(
  { home, signal }: Invocation<TourFlags>,
  o: TourState & { control: Control },
): Promise<Looped> {
  const { listRuns } = await import('../../flow/index.ts')
  const { control, say } = o
  signal.throwIfAborted()
  const before = await countReplies(control, automationUser)
  const known = new Set(listRuns(home.ledgerFile).map((run) => run.runId))
  say(`letterlock run ${shortPath(flowFile)}`)
  const { summary, kills, messages } = await runAndKill(control, {
    home: home.dir,
    args: [flowFile, '--account', automationUser, '--settle-wait', await settleWaitFor(control)],
    signal,
    onKill({ sent }) {
      // The killed run could not take its bar away.
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
      say(
        `      killed with SIGKILL after ${sent} replies, with one more accepted and its answer not yet here; started again`,
      )
    },
  })
  const after = await countReplies(control, automationUser)
  // The killed process could not sum up, but its ledger can: each message counts for the run that ended it.
  const runs = listRuns(home.ledgerFile).filter((run) => !known.has(run.runId))
  const sum = (name: 'handled' | 'skipped' | 'failed' | 'doubtful'): number =>
    runs.reduce((count, run) => count + run[name], 0)
  const total = {
    handled: sum('handled'),
    skipped: sum('skipped'),
    failed: sum('failed'),
    doubtful: sum('doubtful'),
  }
  return {
    summary,
    messages,
    total: {
      ...total,
      inScope: total.handled + total.skipped + total.failed + total.doubtful,
      replied: after.answered - before.answered,
    },
    sent: after.received - before.received,
    repeated: after.repeated,
    kills,
  }
}

function tourHome({ flags, home }: Invocation<TourFlags>): Home {
  return flags.homeInClone && !process.env['LETTERLOCK_HOME'] ? homeAt(join(clone, '.letterlock')) : home
}

/** Only the local tenant and what belongs to it; accounts and ledgers of real tenants stay. */
async function startOver(home: Home): Promise<void> {
  const address = findTenant(home.tenantDir)
  if (address) await stopTenant(address)
  rmSync(home.tenantDir, { recursive: true, force: true })
}

/** The usual port if it is free; the tour is not worth failing over a port. */
async function startTenant(home: Home): Promise<TenantProcess> {
  try {
    return await startTenantProcess({ tenantDir: home.tenantDir, port: usualTenantPort })
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'cli/port-busy') throw error
    return startTenantProcess({ tenantDir: home.tenantDir, port: 0 })
  }
}

function sayNext(say: (line: string) => void, home: Home): void {
  const here = existsSync(join(clone, 'bin', 'letterlock')) && !dirname(clone).endsWith('node_modules')
  const where = shortPath(clone.replace(/[/\\]$/, ''))
  const command = here ? `${where}/bin/letterlock` : 'letterlock'
  const prefix = `LETTERLOCK_HOME=${shortPath(home.dir)} ${command}`
  say('')
  say('Next:')
  say(`  ${prefix} tenant up --detach`)
  say(`  ${prefix} mail list --folder Inbox/Booked`)
  say(`  ${prefix} runs`)
}

async function stayUp({ output, signal }: Invocation, tenant: TenantProcess): Promise<void> {
  output.say('')
  output.say(`The local tenant stays up at ${tenant.address.origin}; Ctrl-C stops it, its data stays`)
  const interrupted = new Promise<void>((done) =>
    signal.addEventListener('abort', () => done(), { once: true }),
  )
  await Promise.race([interrupted, tenant.ended])
}

/** As a person would write it from here. */
function shortPath(path: string): string {
  const way = relative(process.cwd(), path)
  return way === '' ? '.' : way.startsWith('..') ? path : way
}
