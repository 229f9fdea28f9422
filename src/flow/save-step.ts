import { createHash } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { AttachmentInfo } from '../mail/index.ts'
import type { SavedFile, SaveOptions } from './contract.ts'
import { endStep, type StepContext } from './context.ts'
import { numberedName, safeFileName, safeFolders } from './safe-name.ts'

/**
 * Saves the attachments: each under a path that is reserved for it first, written beside it, forced to the disk, and then
 * renamed, so that the name never shows half a file. Repeating it writes the same files again.
 */
export async function performSave(context: StepContext, o: SaveOptions): Promise<SavedFile[]> {
  const { run, row } = context
  const folder = resolve(run.filesDir, ...safeFolders(o.to))
  const wanted = (await run.mailbox.listAttachments(row.messageId)).filter((item) => isWanted(item, o.only))
  const saved: SavedFile[] = []
  for (const attachment of wanted) {
    const bytes = await run.mailbox.downloadAttachment(row.messageId, attachment.id)
    const path = reservePath(context, folder, attachment)
    await writeDurably(path, { bytes, tag: context.step.id })
    saved.push({
      name: attachment.name,
      path,
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      contentType: attachment.contentType,
    })
  }
  endStep(context, saved)
  return saved
}

/** What only links to a file cannot be saved; an inline image is part of the text. */
function isWanted(attachment: AttachmentInfo, only: SaveOptions['only']): boolean {
  if (attachment.kind === 'reference') return false
  if (only === undefined) return !(attachment.isInline && attachment.contentType.startsWith('image/'))
  return (typeof only === 'string' ? [only] : only).some((pattern) =>
    glob(pattern).test(fileName(attachment)),
  )
}

export function glob(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'isu')
}

function fileName(attachment: AttachmentInfo): string {
  const { name } = attachment
  return attachment.kind === 'item' && !/\.eml$/i.test(name) ? `${name || 'message'}.eml` : name
}

function reservePath(context: StepContext, folder: string, attachment: AttachmentInfo): string {
  const { ledger } = context.run
  const name = safeFileName(fileName(attachment))
  for (let number = 1; ; number += 1) {
    // Asked again in each turn: a reservation refuses the insert below just as a taken name does.
    const reserved = ledger.reservedPath(context.step.id, attachment.id)
    if (reserved !== undefined) return reserved
    const path = join(folder, numberedName(name, number))
    if (!existsSync(path) && ledger.reservePath(path, context.step.id, attachment.id)) return path
  }
}

async function writeDurably(path: string, o: { bytes: Uint8Array; tag: string }): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // The name is the same after a death, so nothing is left lying.
  const temporary = join(folder, `.${o.tag}.part`)
  await unlink(temporary).catch(() => undefined)
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    await file.writeFile(o.bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  if (process.platform === 'win32') return
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
