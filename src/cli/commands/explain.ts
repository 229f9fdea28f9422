import { connect } from '../connect.ts'
import type { Invocation } from '../invocation.ts'
import { oneLine } from '../strip-escapes.ts'

export async function run(invocation: Invocation<{ flow?: string }>): Promise<void> {
  const { flags, home, output } = invocation
  const { explainMessage, loadFlow } = await import('../../flow/index.ts')
  const messageId = invocation.args[0]!
  if (flags.flow === undefined) {
    say(await explainMessage({ ledgerFile: home.ledgerFile, messageId }))
    return
  }
  const flow = await loadFlow(flags.flow)
  const connection = await connect(invocation, flow.signInAs === undefined ? {} : { account: flow.signInAs })
  try {
    const mailbox = await connection.openMailbox(flow.mailbox)
    say(await explainMessage({ ledgerFile: home.ledgerFile, messageId, flow, mailbox }))
  } finally {
    connection.close()
  }

  function say(explanation: Awaited<ReturnType<typeof explainMessage>>): void {
    output.record(explanation)
    output.say(output.bold(oneLine(explanation.subject ?? '(no subject)')))
    for (const sentence of explanation.sentences) output.say(sentence.replace(/[\r\n]+/g, ' '))
  }
}
