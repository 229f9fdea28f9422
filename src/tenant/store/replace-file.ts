// One database file in the place of another: by links and one rename, so that a crash leaves the one or the other.
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Both must be closed. What stands at `file` is kept as `kept`, on the same disk; what is at `staged` takes its place,
 * or nothing does.
 *
 * @returns Puts the first back.
 */
export function replaceFile(
  file: string,
  { staged, kept }: { readonly staged: string | undefined; readonly kept: string },
): () => void {
  linkSync(file, kept)
  // A closed database has no such files; what was left behind belongs to it, and must not meet the other one.
  for (const suffix of ['-wal', '-shm'])
    if (existsSync(file + suffix)) renameSync(file + suffix, kept + suffix)
  if (staged === undefined) rmSync(file)
  else renameSync(staged, file)
  syncFolder(dirname(file))
  return () => {
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
    renameSync(kept, file)
    syncFolder(dirname(file))
  }
}

/** A rename is on the disk when its folder is. Windows has no such call. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
