import { createGraphClient, type GraphClient, type GraphClientOptions } from '../graph/index.ts'
import { startTenant, type Tenant } from '../tenant/index.ts'
import { signIn } from '../tenant/person.fixture.ts'

/** A local tenant for tests of mail, with a person's way in: its own pages, filled in. */
export interface MailTenant extends AsyncDisposable {
  readonly tenant: Tenant
  control(method: string, path: string, body?: unknown): Promise<unknown>
  importMail(user: string, folder: string, eml: string | Uint8Array): Promise<{ ids: string[] }>
  inbox(user: string, folder?: string): Promise<Record<string, unknown>[]>
  graphFor(user: string, o?: Partial<GraphClientOptions>): Promise<GraphClient>
}

const scopes = ['Mail.ReadWrite', 'Mail.Send', 'Mail.ReadWrite.Shared', 'Mail.Send.Shared']

export async function startMailTenant(): Promise<MailTenant> {
  const tenant = await startTenant()
  const send = async (
    method: string,
    path: string,
    body?: BodyInit | null,
    contentType = 'application/json',
  ) => {
    const response = await fetch(`${tenant.origin}/_letterlock/${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${tenant.controlToken}`,
        ...(body == null ? {} : { 'Content-Type': contentType }),
      },
      ...(body == null ? {} : { body }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`control ${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  await send('PATCH', 'settings', JSON.stringify({ userConsent: 'legacy' }))
  const tokens = new Map<string, string>()
  return {
    tenant,
    control: (method, path, body) => send(method, path, body === undefined ? null : JSON.stringify(body)),
    importMail: async (user, folder, eml) =>
      (await send('POST', `import?user=${user}&folder=${folder}`, eml as BodyInit, 'message/rfc822')) as {
        ids: string[]
      },
    inbox: async (user, folder = 'Inbox') =>
      (await send('GET', `mailboxes/${user}/messages?folder=${encodeURIComponent(folder)}`)) as Record<
        string,
        unknown
      >[],
    graphFor: async (user, o = {}) => {
      const token = tokens.get(user) ?? (await signIn(tenant, { user, scopes }))
      tokens.set(user, token)
      return createGraphClient({ graphOrigin: tenant.origin, getToken: async () => ({ token }), ...o })
    },
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}

type BodyInit = NonNullable<RequestInit['body']>
