// A local tenant with an application that has mail permissions, and Exchange's cmdlets at hand: for Exchange's tests.
import {
  type Answer,
  appToken,
  type Ask,
  type DirectoryLab,
  startDirectoryLab,
} from '../directory/lab.fixture.ts'
import { signIn } from '../person.fixture.ts'

export type App = Ask & { readonly appId: string; readonly principalId: string }

export interface ExchangeLab extends AsyncDisposable {
  readonly lab: DirectoryLab
  /** By the control API: needs no token of Exchange's. */
  run(cmdlet: string, parameters?: object): Promise<Answer>
  /** By the module's transport, as an Exchange administrator. */
  invoke(cmdlet: string, parameters?: object, token?: string): Promise<Answer>
  /** Of the application itself, for Exchange. */
  tokenFor(app: { readonly appId: string }): Promise<string>
  read(app: Ask, mailbox: string): Promise<Answer>
}

export async function startExchangeLab(): Promise<ExchangeLab> {
  const lab = await startDirectoryLab()
  const { tenant, ask, control } = lab
  const admin = await signIn(tenant, {
    user: 'admin@contoso.example',
    scopes: ['https://outlook.office365.com/Exchange.Manage'],
    forAll: true,
  })
  return {
    lab,
    run: (cmdlet, parameters = {}) => control('POST', '/exchange/run', { cmdlet, parameters }),
    async invoke(cmdlet, parameters = {}, token = admin) {
      const url = `${tenant.origin}/adminapi/beta/${tenant.tenantId}/InvokeCommand`
      const reply = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } }),
      })
      const text = await reply.text()
      return { status: reply.status, headers: reply.headers, text, body: text ? JSON.parse(text) : {} }
    },
    async tokenFor({ appId }) {
      const { id } = (await ask('GET', `/applications(appId='${appId}')`)).body
      const { secretText } = (await ask('POST', `/applications/${id}/addPassword`, {})).body
      return appToken(tenant, { appId, secret: secretText, resource: 'https://outlook.office365.com' })
    },
    read: (app, mailbox) => app('GET', `/users/${mailbox}/messages?$top=1`),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}
