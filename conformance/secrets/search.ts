// Searches bytes for secrets as they are and in the forms in which they slip out: base64, hex, percent-encoded, cut short.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

export interface SeenSecret {
  readonly kind: string
  readonly value: string
}
export interface Leak {
  readonly where: string
  readonly kind: string
  readonly form: string
}

const shortest = 8
const cut = 24

/** Every form in which the secret would still be a secret. */
export function formsOf({ value }: SeenSecret): ReadonlyMap<string, string> {
  const bytes = Buffer.from(value)
  const forms: [string, string][] = [
    ['as it is', value],
    ['percent-encoded', encodeURIComponent(value)],
    ['base64', bytes.toString('base64').replace(/=+$/, '').slice(0, -1)],
    ['base64url', bytes.toString('base64url').slice(0, -1)],
    ['hex', bytes.toString('hex')],
  ]
  // A JWT's header is the same for all tokens and no secret; its claims and signature are its own.
  const pieces = value.split('.')
  if (pieces.length === 3 && value.startsWith('eyJ')) forms.push(['its signature', pieces[2]!.slice(0, 40)])
  else if (value.length >= 2 * cut)
    forms.push(['its beginning', value.slice(0, cut)], ['its end', value.slice(-cut)])
  return new Map(forms.filter(([, text]) => text.length >= shortest))
}

/** Where the secrets show in these bytes. */
export function searchBytes(where: string, bytes: Buffer, secrets: readonly SeenSecret[]): Leak[] {
  const text = bytes.toString('latin1')
  const leaks: Leak[] = []
  for (const secret of secrets)
    for (const [form, needle] of formsOf(secret))
      if (text.includes(needle)) leaks.push({ where, kind: secret.kind, form })
  return leaks
}

/** All files below a folder, as bytes; sockets and the like are passed over. */
export function* filesBelow(folder: string): Generator<{ name: string; bytes: Buffer }> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    yield { name: relative(folder, path).split(sep).join('/'), bytes: readFileSync(path) }
  }
}
