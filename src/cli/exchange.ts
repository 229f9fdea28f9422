// Exchange's cmdlets on the local tenant, over the transport of Microsoft's own module. entra.md section 9.
import type { Cloud } from '../facts/clouds.ts'
import type { RunCmdlet } from '../registration/index.ts'
import { adminClient, type AdminFlags, signInAdmin } from './admin.ts'
import { CliError } from './cli-error.ts'
import type { Invocation } from './invocation.ts'
import { oneLine } from './strip-escapes.ts'

interface Answer {
  readonly value?: readonly Record<string, unknown>[]
  readonly error?: { readonly details?: readonly { readonly message?: string }[] }
}

/** Signs an administrator in for Exchange; on the local tenant only, because Microsoft's transport is not published. */
export async function connectLocalExchange(
  invocation: Invocation<AdminFlags>,
  o: { readonly cloud: Cloud; readonly tenant: string },
): Promise<RunCmdlet> {
  const client = adminClient({ ...o, scopes: ['https://outlook.office365.com/Exchange.Manage'] })
  const { tokens } = await signInAdmin(invocation, client)
  return async (cmdlet, parameters) => {
    const url = new URL(`/adminapi/beta/${o.tenant}/InvokeCommand`, o.cloud.graph)
    const reply = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokens.accessToken.reveal()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } }),
      signal: invocation.signal,
    })
    const answer = (await reply.json().catch(() => ({}))) as Answer
    if (reply.ok) return answer.value ?? []
    if (reply.status === 404) return undefined
    const said = answer.error?.details?.[0]?.message?.split('|').at(-1) ?? `status ${reply.status}`
    throw new CliError('cli/cmdlet-refused', `${cmdlet} was refused: ${oneLine(said).slice(0, 300)}`, {
      fix: 'correct what it names, then run it again: what was made is found again',
    })
  }
}
