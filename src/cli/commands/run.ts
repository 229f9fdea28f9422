import { flushCompileCache } from 'node:module'
import type { Flow, RunSummary } from '../../flow/index.ts'
import { connect } from '../connect.ts'
import { parseDuration } from '../duration.ts'
import { CliError } from '../cli-error.ts'
import type { ExitCode, Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { createProgress } from '../progress.ts'
import { oneLine } from '../strip-escapes.ts'

export interface RunFlags {
  readonly dryRun?: boolean
  readonly limit?: number
  readonly again?: string
  readonly onDoubt?: string
  readonly settleWait?: string
}

export async function run(invocation: Invocation<RunFlags>): Promise<ExitCode> {
  const { flags, home, output, signal } = invocation
  const { onDoubt, limit, again, settleWait } = flags
  if (onDoubt !== undefined && onDoubt !== 'resend' && onDoubt !== 'hold')
    throw new CliError('cli/usage', `"${onDoubt}" is not a way to treat a doubt`, {
      fix: 'write resend or hold',
    })
  const { loadFlow, runFlow } = await import('../../flow/index.ts')
  const flow = await loadFlow(invocation.args[0]!)
  const connection = await connect(invocation, { ...accountOf(flow) })
  const progress = createProgress(output)
  // Whoever listens may kill this process, and the cache is else written at its end.
  if (process.send) flushCompileCache()
  try {
    const mailbox = await connection.openMailbox(flow.mailbox)
    const summary = await runFlow({
      flow,
      mailbox,
      accountKey: connection.accountKey,
      ledgerFile: home.ledgerFile,
      filesDir: home.filesDir,
      signal,
      onProgress: progress.show,
      ...(flags.dryRun && { dryRun: true }),
      ...(limit !== undefined && { limit }),
      ...(again !== undefined && { again }),
      ...(onDoubt !== undefined && { onDoubt }),
      ...(settleWait !== undefined && { settleWaitMs: parseDuration(settleWait) }),
    })
    progress.end()
    output.record(summary)
    saySummary(output, summary)
    return summary.interrupted ? interrupted(output) : exitCodeOf(summary)
  } finally {
    progress.end()
    connection.close()
  }
}

function interrupted(output: Output): ExitCode {
  output.warn('letterlock: interrupted; what was begun is written down (cli/interrupted)')
  output.warn('do this: run it again to go on')
  return 130
}

function accountOf(flow: Flow): { account?: string } {
  const name = flow.signInAs ?? (flow.mailbox === 'me' ? undefined : flow.mailbox)
  return name === undefined ? {} : { account: name }
}

function exitCodeOf(summary: RunSummary): ExitCode {
  return summary.failed + summary.doubtful > 0 || summary.coverage !== 'complete' ? 6 : 0
}

function saySummary(output: Output, summary: RunSummary): void {
  const { handled, skipped, failed, doubtful, sentThisRun, alreadyHandled } = summary
  if (summary.cost === undefined)
    output.say(
      `${handled} handled, ${skipped} skipped, ${failed} failed, ${doubtful} doubtful; ${sentThisRun} sent; ${alreadyHandled} were done before`,
    )
  for (const [reason, count] of Object.entries(summary.skippedReasons))
    output.say(`  skipped ${count}: ${oneLine(reason)}`)
  for (const one of summary.messages) {
    if (one.state !== 'failed' && one.state !== 'doubtful') continue
    output.say(`  ${one.state} "${oneLine(one.subject)}": ${oneLine(one.reason ?? 'no reason given')}`)
    if (one.stepId !== undefined)
      output.say(`    letterlock settle ${one.stepId.slice(0, 12)} --sent, or --resend`)
    output.say(`    letterlock explain ${one.id}`)
  }
  if (summary.cost !== undefined) {
    for (const one of summary.messages)
      output.say(`  "${oneLine(one.subject)}": ${(one.planned ?? []).map(oneLine).join('; ') || one.reason}`)
    const { requests, sends, minutes } = summary.cost
    output.say(
      `nothing was done. It would take ${requests} requests and ${sends} sends, about ${minutes} minutes under all limits`,
    )
    return
  }
  const seconds = (summary.elapsedMs / 1000).toFixed(1)
  output.say(
    summary.coverage === 'complete'
      ? `all of the scope was looked at, in ${seconds} s (run ${summary.runId})`
      : `${summary.coverage.incomplete} messages of the scope were not looked at; run it again (run ${summary.runId})`,
  )
}
