import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'

export async function run({
  flags,
  home,
  output,
  args,
}: Invocation<{ sent?: boolean; resend?: boolean }>): Promise<void> {
  if (flags.sent === flags.resend) {
    throw new CliError('cli/usage', 'settle needs one answer: was it sent, or is it to be sent again', {
      fix: 'look in Sent Items, then add --sent or --resend',
    })
  }
  const { settle } = await import('../../flow/index.ts')
  const settled = settle(home.ledgerFile, args[0]!, flags.sent ? 'sent' : 'resend')
  output.record(settled)
  output.say(`${settled.name} of flow ${settled.flow} counts as ${flags.sent ? 'sent' : 'not sent'}`)
  output.say('the next run goes on from there')
}
