import { closeSync, mkdirSync, openSync } from 'node:fs'

/**
 * Makes an empty 0600 file if there is none. Never opens one that exists: closing any handle of a file drops every
 * POSIX lock that this process holds on it, also SQLite's.
 */
export function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

export function createPrivateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
}
