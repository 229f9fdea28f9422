import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliError } from '../cli-error.ts'
import type { Control } from '../tenant-control.ts'

export interface ImportedMail {
  readonly files: number
  readonly imported: number
  readonly duplicates: number
  readonly failed: readonly { readonly name: string; readonly why: string }[]
}

interface ImportReport {
  readonly imported: number
  readonly duplicates: number
  readonly failed: readonly { readonly index: number; readonly why: string }[]
}

const examples = fileURLToPath(new URL('../../../examples/mail/', import.meta.url))
const atOnce = 4

/**
 * Imports the example mail, or the person's own, into one Inbox. Mail that is there already is not doubled.
 *
 * @throws {CliError} `cli/file-unreadable`
 */
export async function importMail(
  control: Control,
  o: { readonly user: string; readonly from?: string },
): Promise<ImportedMail> {
  const files = mailFiles(o.from ?? examples)
  if (files.length === 0) {
    throw new CliError('cli/file-unreadable', `there is no .eml and no mbox in ${o.from}`, {
      fix: 'give --mail a folder of .eml files, one .eml, or an mbox',
    })
  }
  const path = `import?user=${encodeURIComponent(o.user)}&folder=Inbox`
  const total = {
    files: files.length,
    imported: 0,
    duplicates: 0,
    failed: [] as { name: string; why: string }[],
  }
  const importOne = async (name: string, read: () => Uint8Array | Promise<Uint8Array>): Promise<void> => {
    const bytes = await read()
    const mbox = startsLikeMbox(bytes)
    try {
      const report = await control.upload<ImportReport>(
        path,
        bytes,
        mbox ? 'application/mbox' : 'message/rfc822',
      )
      total.imported += report.imported
      total.duplicates += report.duplicates
      for (const one of report.failed)
        total.failed.push({ name: mbox ? `${name}, message ${one.index + 1}` : name, why: one.why })
    } catch (error) {
      // One message that cannot be imported is named; it does not end the tour.
      if (!(error instanceof CliError) || error.code !== 'cli/control-refused') throw error
      total.failed.push({ name, why: error.message })
    }
  }
  const queue = files.map((file) => () => importOne(basename(file), () => readFileSync(file)))
  if (o.from === undefined) queue.push(() => importLarge(importOne))
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await next()
    }),
  )
  return o.from === undefined ? { ...total, files: total.files + 1 } : total
}

/** The message with 12 MB attached is made on first use; it is too large to keep in the repository. */
async function importLarge(
  importOne: (name: string, read: () => Uint8Array) => Promise<void>,
): Promise<void> {
  const file = new URL('../../../examples/mail/make-large.ts', import.meta.url).href
  const { makeLargeMessage } = (await import(file)) as { makeLargeMessage(): Uint8Array }
  await importOne('large.eml', makeLargeMessage)
}

function mailFiles(path: string): string[] {
  let stats: Stats
  try {
    stats = statSync(path)
  } catch (cause) {
    throw new CliError('cli/file-unreadable', `${path} cannot be read`, { cause, fix: 'correct the path' })
  }
  if (!stats.isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(eml|mbox|mbx)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function startsLikeMbox(bytes: Uint8Array): boolean {
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(5, bytes.byteLength)).toString('latin1') === 'From '
  )
}
