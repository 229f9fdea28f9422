// RFC 3834: what an automatic answer must not answer.
import type { Message } from '../mail/index.ts'

export const repliesPerSenderAndHour = 3

/** Where Graph's createReply sends the answer: Reply-To if there is one, else From. */
export function answerAddress(message: Message): string | undefined {
  const address = message.replyTo[0]?.address || message.from?.address || message.sender?.address
  return address === undefined || address.trim() === '' ? undefined : address.trim().toLowerCase()
}

/** Why this message must not be answered by a machine; undefined when it may be. */
export function whyNotToAnswer(message: Message, own: ReadonlySet<string>): string | undefined {
  const header = headerReader(message)
  const automatic = header('auto-submitted')
  if (automatic !== undefined && !/^no\b/i.test(automatic.trim()))
    return `it was sent automatically (Auto-Submitted: ${shorten(automatic)})`
  const list = ['list-id', 'list-unsubscribe', 'list-post', 'list-help'].find(
    (name) => header(name) !== undefined,
  )
  if (list !== undefined) return `it came from a mailing list (${list})`
  const precedence = header('precedence')
  if (precedence !== undefined && /^(bulk|list|junk)$/i.test(precedence.trim()))
    return `it is bulk mail (Precedence: ${shorten(precedence)})`
  const suppress = header('x-auto-response-suppress')
  if (suppress !== undefined && /\b(all|oof|autoreply)\b/i.test(suppress))
    return 'its sender asks for no automatic answer (X-Auto-Response-Suppress)'
  if (/^multipart\/report\b/i.test(header('content-type')?.trim() ?? '')) return 'it is a delivery report'
  if (header('return-path')?.replaceAll(/\s/g, '') === '<>') return 'its return path is empty'
  const address = answerAddress(message)
  if (address === undefined) return 'it names no sender'
  const from = message.from?.address.trim().toLowerCase() ?? address
  if (own.has(address) || own.has(from)) return 'it came from this mailbox itself'
  if (isMachineAddress(from) || isMachineAddress(address)) return `${shorten(from)} is a machine's address`
  return undefined
}

/** RFC 3834 section 2 names the first three kinds; the rest say of themselves that nobody reads them. */
function isMachineAddress(address: string): boolean {
  const local = address.split('@')[0] ?? ''
  return (
    /^(mailer-daemon|postmaster|owner-.*|.*-request|.*-owner|.*-bounces?(\+.*)?|bounces?([-+].*)?)$/.test(
      local,
    ) || /^(no|do-?not|donot)[-_.]?reply/.test(local)
  )
}

function headerReader(message: Message): (name: string) => string | undefined {
  const headers = new Map<string, string>()
  for (const { name, value } of message.internetMessageHeaders ?? []) headers.set(name.toLowerCase(), value)
  return (name) => headers.get(name)
}

function shorten(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    .trim()
    .slice(0, 60)
}
