import { callOf, ifMatchOf, messagePath, type MailboxAccess } from './access.ts'
import type { CallOptions, GetOptions } from './contract.ts'
import { messageFields, readMessage, type Message } from './message.ts'

/** Doubles the quotes, as OData wants them inside a string. */
export function odataString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export async function getMessage(access: MailboxAccess, id: string, o: GetOptions): Promise<Message> {
  const select = [
    ...messageFields,
    ...(o.body === undefined ? [] : ['body']),
    ...(o.headers === true ? ['internetMessageHeaders'] : []),
  ]
  const { body } = await access.graph.request('GET', messagePath(access, id), {
    ...callOf(o, o.body === undefined ? {} : { prefer: `outlook.body-content-type="${o.body}"` }),
    query: { $select: select.join(','), ...expandKey(o.expandKey) },
  })
  return readMessage(body)
}

/** Only isRead, flag, categories and importance are ever changed on a message that is no draft. */
export async function patchMessage(
  access: MailboxAccess,
  id: string,
  changes: Record<string, unknown>,
  o: CallOptions & { ifMatch?: string },
): Promise<Message> {
  const { body } = await access.graph.request('PATCH', messagePath(access, id), {
    ...callOf(o, ifMatchOf(o)),
    body: changes,
  })
  return readMessage(body)
}

export async function moveMessage(
  access: MailboxAccess,
  id: string,
  destinationId: string,
  o: CallOptions,
): Promise<Message> {
  const { body } = await access.graph.request('POST', `${messagePath(access, id)}/move`, {
    ...callOf(o),
    body: { destinationId },
  })
  return readMessage(body)
}

export function expandKey(propertyId: string | undefined): { $expand?: string } {
  if (propertyId === undefined) return {}
  return { $expand: `singleValueExtendedProperties($filter=id eq ${odataString(propertyId)})` }
}
