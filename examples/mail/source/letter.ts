// One committed message: its file name, its bytes, and what the invoices flow should make of it.
import { message } from './mime.ts'
import type { Part } from './mime.ts'

/** `reply`: saved, booked, answered, moved. `no-pdf`: an invoice, skipped. `not-answered`: a reply is refused. `outside`: nothing to book. */
export type Fate = 'reply' | 'no-pdf' | 'not-answered' | 'outside'

export interface Letter {
  readonly file: string
  readonly fate: Fate
  readonly content: string
}
export interface Envelope {
  readonly from: string
  readonly subject: string
  /** Day of November 2026 and time of day: `[3, '09:12']`. */
  readonly at: readonly [day: number, time: string]
  readonly zone?: string
  readonly to?: string
  readonly cc?: string
  readonly id?: string
  readonly returnPath?: string
  readonly inReplyTo?: string
  readonly references?: string
  /** Header lines put after the usual ones. */
  readonly more?: readonly string[]
  /** Leaves these header names out. */
  readonly without?: readonly string[]
}

export const bot = 'invoice.bot@contoso.example'

/** Builds a letter with the headers a delivered message has. */
export function letter(file: string, fate: Fate, envelope: Envelope, part: Part): Letter {
  return { file: `${file}.eml`, fate, content: message(headersOf(envelope), part) }
}

export function headersOf(envelope: Envelope): string[] {
  const { from, subject, at, zone = '+0100' } = envelope
  const address = /<([^>]*)>/.exec(from)?.[1] ?? from
  const domain = address.split('@')[1] ?? 'unknown.example'
  const date = dateOf(at, zone)
  const rows = [
    `Return-Path: <${envelope.returnPath ?? address}>`,
    `Received: from mx.${domain} (mx.${domain} [192.0.2.${(at[0] * 7) % 250}]) by mail.contoso.example with ESMTPS for <${bot}>; ${date}`,
    `Date: ${date}`,
    `From: ${from}`,
    `To: ${envelope.to ?? `Invoice Bot <${bot}>`}`,
    ...(envelope.cc ? [`Cc: ${envelope.cc}`] : []),
    `Subject: ${subject}`,
    `Message-ID: ${envelope.id ?? idOf(at, domain)}`,
    ...(envelope.inReplyTo ? [`In-Reply-To: ${envelope.inReplyTo}`] : []),
    ...(envelope.references ? [`References: ${envelope.references}`] : []),
    ...(envelope.more ?? []),
  ]
  return rows.filter((row) => !envelope.without?.includes(row.slice(0, row.indexOf(':'))))
}

function idOf([day, time]: readonly [number, string], domain: string): string {
  return `<202611${String(day).padStart(2, '0')}.${time.replaceAll(':', '')}.4c31@${domain}>`
}

function dateOf([day, time]: readonly [number, string], zone: string): string {
  const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][
    new Date(Date.UTC(2026, 10, day)).getUTCDay()
  ]
  return `${weekday}, ${String(day).padStart(2, '0')} Nov 2026 ${time}:00 ${zone}`
}
