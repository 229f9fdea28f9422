// Kills the run, then the tenant, at random instants while the tenant hides accepted sends; then counts in inboxes.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer/index.js'
import type { RunSummary } from '../../src/flow/index.ts'
import type { Report } from '../report.ts'
import { botName, signBotIn, startTenantProcess, type TenantProcess } from './lab.ts'
import type { WorkerInput } from './scaled-clock.ts'

const workerMain = fileURLToPath(new URL('worker.ts', import.meta.url))
/** Sixty seconds of the tenant's clock pass in three: the client's clock runs at the same rate. */
const clockRate = 20
const hiddenMs = 60_000

export interface ChaosOptions {
  readonly runKills: number
  readonly tenantKills: number
  readonly log: (line: string) => void
}

interface Planted {
  readonly sender: string
  readonly internetMessageId: string
  readonly subject: string
  readonly sha256: string
}

interface Lab {
  readonly dir: string
  readonly tenant: TenantProcess
  readonly planted: Planted[]
  senders: number
}

/** Runs the whole check in a temporary folder. Real processes, real SIGKILLs; resolves with the counts. */
export async function chaosRun(options: ChaosOptions): Promise<Report> {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-chaos-'))
  const tenant = await startTenantProcess(join(dir, 'tenant'))
  try {
    const home = join(dir, 'home')
    mkdirSync(home)
    await tenant.control('POST', 'clock', { rate: clockRate })
    await tenant.control('PATCH', 'settings', {
      sendVisibleMs: hiddenMs / 2,
      sendHiddenMs: hiddenMs / 2,
      sendJitter: true,
    })
    const graph = await signBotIn(tenant, home)
    const lab: Lab = { dir, tenant, planted: [], senders: 0 }
    const runKills = await killRuns(lab, options)
    const doubtfulWhileShort = await finishRun(lab, options)
    const drafts = new Map<string, string>()
    const tenantKills = await killTenants(lab, {
      ...options,
      acknowledge: () => acknowledgeDraft(graph, drafts),
    })
    const doubtfulAfterTenantKills = await finishRun(lab, options)
    const lost = await countLostDrafts(tenant, drafts)
    const counted = await countEffects(lab)
    const inScope = lab.planted.length
    const long = await hideLongerThanSettleWait(lab, options)
    const counts = {
      'kills of the run': runKills,
      'kills of the tenant': tenantKills,
      'messages in scope': inScope,
      ...counted,
      'doubtful, hiding shorter than settleWaitMs': doubtfulWhileShort + doubtfulAfterTenantKills,
      'drafts acknowledged during tenant kills': drafts.size,
      'acknowledged drafts lost': lost,
      ...long,
    }
    const ok =
      runKills >= options.runKills &&
      tenantKills >= options.tenantKills &&
      counted['messages answered exactly once'] === inScope &&
      counted['replies doubled'] === 0 &&
      counted['attachments right by SHA-256'] === inScope &&
      counted['messages still in the Inbox'] === 0 &&
      counts['doubtful, hiding shorter than settleWaitMs'] === 0 &&
      lost === 0 &&
      long['doubtful, hiding longer: expected'] === long['doubtful, hiding longer: named'] &&
      long['doubtful, hiding longer: delivered twice'] === 0
    return { ok, figures: [], counts }
  } finally {
    await tenant.stop().catch(() => undefined)
    rmSync(dir, { recursive: true, force: true })
  }
}

/** One new person sends three messages: more would meet the limit of three replies a sender and hour. */
async function plantMail(lab: Lab, messages = 3): Promise<void> {
  const sender = `sender${String(++lab.senders).padStart(3, '0')}@contoso.example`
  await lab.tenant.control('POST', 'users', {
    userPrincipalName: sender,
    displayName: `Sender ${lab.senders}`,
  })
  for (let n = 0; n < messages; n++) {
    const content = randomBytes(2_000)
    const internetMessageId = `<${lab.senders}.${n}.${content.toString('hex', 0, 6)}@contoso.example>`
    const subject = `Invoice ${lab.senders}-${n}`
    const bytes = await new MailComposer({
      from: sender,
      to: botName,
      subject,
      messageId: internetMessageId,
      text: 'Please find the invoice attached.',
      attachments: [{ filename: `invoice-${lab.senders}-${n}.pdf`, content, contentType: 'application/pdf' }],
    })
      .compile()
      .build()
    await lab.tenant.control('POST', `import?user=${botName}&folder=Inbox`, bytes)
    const sha256 = createHash('sha256').update(content).digest('hex')
    lab.planted.push({ sender, internetMessageId, subject, sha256 })
  }
}

async function workerInput(lab: Lab, onDoubt: WorkerInput['onDoubt'] = 'resend'): Promise<WorkerInput> {
  const { nowMs } = await lab.tenant.control<{ nowMs: number }>('GET', 'clock')
  return { home: join(lab.dir, 'home'), clock: { atMs: nowMs, realMs: Date.now(), rate: clockRate }, onDoubt }
}

function spawnWorker(input: WorkerInput) {
  return spawn(process.execPath, [workerMain, JSON.stringify(input)], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A kill counts only when the run was still alive to receive it; the instant is drawn over the time a run takes here. */
async function killRuns(lab: Lab, options: ChaosOptions): Promise<number> {
  let kills = 0
  let lifeMs = 1_200
  for (let turn = 0; kills < options.runKills && turn < options.runKills * 3 + 10; turn++) {
    await plantMail(lab)
    const began = performance.now()
    const child = spawnWorker(await workerInput(lab))
    const ended = once(child, 'exit')
    const timer = setTimeout(() => child.kill('SIGKILL'), lifeMs * Math.random())
    const [, signal] = (await ended) as [number | null, string | null]
    clearTimeout(timer)
    // A run that ended by itself tells how long one takes; one that was killed leaves more for the next.
    lifeMs = signal ? lifeMs * 1.1 : performance.now() - began
    if (signal === 'SIGKILL') kills++
    if (kills > 0 && kills % 10 === 0 && signal)
      options.log(`  ${kills} kills of the run, ${lab.planted.length} messages planted`)
  }
  return kills
}

/** Runs until nothing is left; returns how many the last summary calls doubtful. */
async function finishRun(lab: Lab, options: ChaosOptions): Promise<number> {
  for (let turn = 0; turn < 10; turn++) {
    const summary = await runToTheEnd(await workerInput(lab))
    if (summary && summary.failed === 0 && summary.coverage === 'complete') return summary.doubtful
    options.log(
      `  run again: ${summary ? `failed ${summary.failed}, coverage ${JSON.stringify(summary.coverage)} ${JSON.stringify(summary.messages.filter((m) => m.state === 'failed').slice(0, 2))}` : 'the run ended early'}`,
    )
  }
  throw new Error('the run did not end in ten turns')
}

async function runToTheEnd(input: WorkerInput): Promise<RunSummary | undefined> {
  const child = spawnWorker(input)
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) console.error(errors.slice(0, 2_000))
  return code === 0 ? (JSON.parse(output) as RunSummary) : undefined
}

/** The tenant dies and comes back while a run and a writer are at work. */
async function killTenants(
  lab: Lab,
  options: ChaosOptions & { acknowledge: () => Promise<void> },
): Promise<number> {
  let kills = 0
  while (kills < options.tenantKills) {
    await plantMail(lab)
    const child = spawnWorker(await workerInput(lab))
    const ended = once(child, 'exit')
    let working = true
    void ended.then(() => (working = false))
    do {
      const killAt = performance.now() + 200 + Math.random() * 700
      while (performance.now() < killAt) await options.acknowledge().catch(() => undefined)
      const restarted = lab.tenant.killAndRestart()
      await options.acknowledge().catch(() => undefined)
      await restarted
      kills++
    } while (working && kills < options.tenantKills)
    await ended
  }
  options.log(`  ${kills} kills of the tenant`)
  return kills
}

async function acknowledgeDraft(
  graph: Awaited<ReturnType<typeof signBotIn>>,
  drafts: Map<string, string>,
): Promise<void> {
  const subject = `acknowledged ${randomBytes(8).toString('hex')}`
  const reply = await graph.request<{ id: string }>('POST', '/me/messages', {
    body: { subject },
    headers: { Prefer: 'IdType="ImmutableId"' },
    deadlineMs: 2_000,
  })
  drafts.set(reply.body.id, subject)
}

async function countLostDrafts(tenant: TenantProcess, drafts: Map<string, string>): Promise<number> {
  const kept = await tenant.control<{ subject: string }[]>(
    'GET',
    `mailboxes/${botName}/messages?folder=Drafts`,
  )
  const subjects = new Set(kept.map((message) => message.subject))
  return [...drafts.values()].filter((subject) => !subjects.has(subject)).length
}

async function repliesTo(lab: Lab, planted: readonly Planted[]): Promise<number[]> {
  const bySender = new Map<string, { inReplyTo: string }[]>()
  for (const { sender } of planted) {
    if (bySender.has(sender)) continue
    bySender.set(sender, await lab.tenant.control('GET', `mailboxes/${sender}/messages?folder=Inbox`))
  }
  return planted.map(
    ({ sender, internetMessageId }) =>
      bySender.get(sender)!.filter((message) => message.inReplyTo === internetMessageId).length,
  )
}

async function countEffects(lab: Lab) {
  const replies = await repliesTo(lab, lab.planted)
  const saved = new Map<string, number>()
  for (const entry of readdirSync(join(lab.dir, 'home', 'files'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const sha256 = createHash('sha256')
      .update(readFileSync(join(entry.parentPath, entry.name)))
      .digest('hex')
    saved.set(sha256, (saved.get(sha256) ?? 0) + 1)
  }
  const inbox = await lab.tenant.control<object[]>('GET', `mailboxes/${botName}/messages?folder=Inbox`)
  return {
    'messages answered exactly once': replies.filter((count) => count === 1).length,
    'replies doubled': replies.filter((count) => count > 1).length,
    'replies missing': replies.filter((count) => count === 0).length,
    'attachments right by SHA-256': lab.planted.filter(({ sha256 }) => saved.get(sha256) === 1).length,
    'messages still in the Inbox': inbox.length,
  }
}

/** The answer to a send is lost and the message hides for longer than `settleWaitMs`: each must be named doubtful. */
async function hideLongerThanSettleWait(lab: Lab, options: ChaosOptions) {
  const expected = 3
  await lab.tenant.control('PATCH', 'settings', {
    sendVisibleMs: 0,
    sendHiddenMs: 3_600_000,
    sendJitter: false,
  })
  await lab.tenant.control('POST', 'faults', {
    match: 'POST /me/messages/*/send',
    status: 504,
    phase: 'after-commit',
    rate: 1,
    times: expected,
  })
  const before = lab.planted.length
  await plantMail(lab)
  const summary = await runToTheEnd(await workerInput(lab))
  if (!summary) throw new Error('the run with long hiding did not end')
  options.log(
    `  hiding longer than settleWaitMs: ${JSON.stringify(summary.messages.map(({ subject, state }) => [subject, state]))}`,
  )
  const replies = await repliesTo(lab, lab.planted.slice(before))
  return {
    'doubtful, hiding longer: expected': expected,
    'doubtful, hiding longer: named': summary.messages.filter((message) => message.state === 'doubtful')
      .length,
    'doubtful, hiding longer: delivered twice': replies.filter((count) => count > 1).length,
  }
}
