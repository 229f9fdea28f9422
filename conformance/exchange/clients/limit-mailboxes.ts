// An administrator's program, unmodified in that it knows Microsoft's names alone: openid-client for tokens, fetch for the rest.
import { json } from 'node:stream/consumers'
import * as client from 'openid-client'

interface Application {
  readonly appId: string
  readonly secret: string
}
interface Input {
  readonly tenantId: string
  readonly bot: Application
  readonly automation: Application
  readonly mailboxes: readonly string[]
  /** The local tenant's own: no part of Microsoft's interfaces. */
  readonly control: { readonly origin: string; readonly token: string }
}

const { tenantId, bot, automation, mailboxes, control } = (await json(process.stdin)) as Input

async function tokenFor({ appId, secret }: Application, resource: string): Promise<string> {
  const issuer = new URL(`https://login.microsoftonline.com/${tenantId}/v2.0`)
  const config = await client.discovery(issuer, appId, undefined, client.ClientSecretPost(secret))
  return (await client.clientCredentialsGrant(config, { scope: `${resource}/.default` })).access_token
}

async function readAll(): Promise<number[]> {
  const authorization = `Bearer ${await tokenFor(bot, 'https://graph.microsoft.com')}`
  const statuses: number[] = []
  for (const mailbox of mailboxes) {
    const url = `https://graph.microsoft.com/v1.0/users/${mailbox}/messages?$top=1`
    statuses.push((await fetch(url, { headers: { authorization } })).status)
  }
  return statuses
}

const exchangeToken = await tokenFor(automation, 'https://outlook.office365.com')
async function invoke(CmdletName: string, Parameters: object): Promise<{ value: Record<string, unknown>[] }> {
  const reply = await fetch(`https://outlook.office365.com/adminapi/beta/${tenantId}/InvokeCommand`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${exchangeToken}`,
      'content-type': 'application/json; charset=utf-8',
      'x-anchormailbox': `UPN:SystemMailbox{8cc370d3-822a-4ab8-a926-bb94bd0641a9}@contoso.onmicrosoft.com`,
    },
    body: JSON.stringify({ CmdletInput: { CmdletName, Parameters } }),
  })
  if (!reply.ok) throw new Error(`${CmdletName}: ${reply.status} ${await reply.text()}`)
  return (await reply.json()) as { value: Record<string, unknown>[] }
}

const before = await readAll()
await invoke('New-ApplicationAccessPolicy', {
  AppId: bot.appId,
  AccessRight: 'RestrictAccess',
  PolicyScopeGroupId: mailboxes[0],
})
const tested = await Promise.all(
  mailboxes.map(async (Identity) => {
    const { value } = await invoke('Test-ApplicationAccessPolicy', { Identity, AppId: bot.appId })
    return value[0]!['AccessCheckResult']
  }),
)
const atOnce = await readAll()
await fetch(`${control.origin}/_letterlock/clock`, {
  method: 'POST',
  headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ advanceMs: 3_600_000 }),
})
const anHourLater = await readAll()

const management = await tokenFor(automation, 'https://management.azure.com')
async function arm(path: string): Promise<{ value: { tenantId?: string }[] }> {
  const url = `https://management.azure.com/${path}?api-version=2022-12-01`
  const reply = await fetch(url, { headers: { authorization: `Bearer ${management}` } })
  return (await reply.json()) as { value: { tenantId?: string }[] }
}
const tenants = (await arm('tenants')).value.map((one) => one.tenantId)
const subscriptions = (await arm('subscriptions')).value

console.log(JSON.stringify({ before, tested, atOnce, anHourLater, tenants, subscriptions }))
