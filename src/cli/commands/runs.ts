import type { Invocation } from '../invocation.ts'

export async function run({ output, home }: Invocation): Promise<void> {
  const { listRuns } = await import('../../flow/index.ts')
  const runs = listRuns(home.ledgerFile)
  for (const one of runs) {
    output.record(one)
    const at = new Date(one.startedAtMs).toISOString().slice(0, 19).replace('T', ' ')
    const ended =
      one.endedAtMs === undefined ? 'cut off' : `${((one.endedAtMs - one.startedAtMs) / 1000).toFixed(1)} s`
    output.say(
      `${at}  ${one.flow}  ${ended.padStart(8)}  ${one.handled} handled, ${one.skipped} skipped, ${one.failed} failed, ${one.doubtful} doubtful  ${output.dim(one.runId)}`,
    )
  }
  if (runs.length === 0) output.note('no run yet; letterlock run FILE makes one')
}
