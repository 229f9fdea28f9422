// What a client's program is told on stdin, and what it says on stdout: one JSON object.
import { readFileSync } from 'node:fs'
import type { Person } from './browse.ts'

export interface ClientInput {
  readonly tenantId: string
  /** `https://login.microsoftonline.com/{tenantId}`: Microsoft's own name, reached over the proxy. */
  readonly authority: string
  readonly publicClientId: string
  readonly confidentialClientId: string
  readonly secret: string
  readonly certificate: { readonly pem: string; readonly keyPem: string; readonly sha256: string }
  /** A delegated permission of the confidential client's own API. */
  readonly apiScope: string
  /** A delegated permission of an API whose registration asks for tokens of version 2. */
  readonly version2Scope: string
  /** Graph's origin in the tenant's cloud. Default that of the global one. */
  readonly graph?: string
  readonly person: Person
  /** Only these cases. Default all. */
  readonly only?: readonly string[]
}

/** What a case found; tokens by kind, to be verified outside. */
export interface Found {
  readonly tokens?: Readonly<Record<string, string>>
  readonly [name: string]: unknown
}

export type Outcome =
  | { readonly ok: true; readonly found: Found }
  | { readonly ok: false; readonly error: { name: string; code?: string; message: string } }

export const graphDefault = 'https://graph.microsoft.com/.default'
export const userRead = 'https://graph.microsoft.com/User.Read'

/** Runs the cases, all at once but those that name another, and prints their outcomes. */
export async function runCases(
  make: (input: ClientInput) => Record<string, () => Promise<Found>>,
): Promise<void> {
  const input = JSON.parse(readFileSync(0, 'utf8')) as ClientInput
  const cases = Object.entries(make(input)).filter(([name]) => input.only?.includes(name) ?? true)
  const outcomes = await Promise.all(cases.map(async ([name, run]) => [name, await outcomeOf(run)] as const))
  process.stdout.write(`${JSON.stringify(Object.fromEntries(outcomes))}\n`)
}

async function outcomeOf(run: () => Promise<Found>): Promise<Outcome> {
  try {
    return { ok: true, found: await run() }
  } catch (error) {
    const { name, message, errorCode, code } = error as Error & { errorCode?: string; code?: string }
    const known = errorCode ?? code
    return { ok: false, error: { name, message, ...(known ? { code: known } : {}) } }
  }
}

/** A case that others wait for, run once. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => (running ??= work())
}
