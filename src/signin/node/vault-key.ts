import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SignInError } from '../signin-error.ts'

export type KeyHolder = 'keychain' | 'file'

const keyBytes = 32
const service = 'letterlock'

/** Where a new key would go: the OS keychain if it works, else a file. Makes and removes one entry to find out. */
export function chooseKeyHolder(keychain: 'auto' | 'off'): KeyHolder {
  if (keychain === 'off') return 'file'
  // Without a session bus, Linux would fall back to the kernel keyring, which forgets everything at restart.
  if (process.platform === 'linux' && !process.env.DBUS_SESSION_BUS_ADDRESS) return 'file'
  try {
    const entry = openEntry(`probe-${process.pid}-${randomBytes(4).toString('hex')}`)
    entry.setPassword('probe')
    const works = entry.getPassword() === 'probe'
    entry.deletePassword()
    return works ? 'keychain' : 'file'
  } catch {
    return 'file'
  }
}

/** Makes and keeps the key of a new vault; if another process just did, theirs. */
export function createKey(directory: string, holder: KeyHolder): Buffer {
  const key = randomBytes(keyBytes)
  if (holder === 'keychain') {
    openEntry(entryName(directory)).setPassword(key.toString('base64url'))
    return key
  }
  const temporary = join(directory, `vault.key.${process.pid}.${randomBytes(4).toString('hex')}`)
  const handle = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(handle, `${key.toString('base64url')}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  try {
    linkSync(temporary, keyFile(directory))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(temporary)
  }
  return readKey(directory, holder)
}

/** @throws {SignInError} `signin/vault-key-missing`, `signin/vault-unreadable` */
export function readKey(directory: string, holder: KeyHolder): Buffer {
  const text = holder === 'keychain' ? readFromKeychain(directory) : readFromFile(directory)
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length === keyBytes) return key
  throw new SignInError('signin/vault-unreadable', `the vault's key in the ${holder} is damaged`, {
    fix: 'Restore the key, or remove vault.db and sign in again.',
  })
}

function readFromKeychain(directory: string): string {
  try {
    const text = openEntry(entryName(directory)).getPassword()
    if (text) return text
  } catch (cause) {
    throw keyMissing('the keychain cannot be read: is it locked?', cause)
  }
  throw keyMissing("the vault's key is no longer in the keychain")
}

function readFromFile(directory: string): string {
  try {
    // A copy or a backup may have widened who can read it.
    if (process.platform !== 'win32') chmodSync(keyFile(directory), 0o600)
    return readFileSync(keyFile(directory), 'utf8')
  } catch (cause) {
    throw keyMissing(`the vault's key file ${keyFile(directory)} cannot be read`, cause)
  }
}

function keyMissing(message: string, cause?: unknown): SignInError {
  return new SignInError('signin/vault-key-missing', message, {
    fix: 'Unlock or restore it; or remove vault.db and sign in again.',
    ...(cause !== undefined && { cause }),
  })
}

interface KeychainEntry {
  setPassword(password: string): void
  getPassword(): string | null
  deletePassword(): boolean
}

/** Loaded only when needed: the native library costs start-up time, and may be absent. */
function openEntry(name: string): KeychainEntry {
  const { Entry } = createRequire(import.meta.url)('@napi-rs/keyring') as typeof import('@napi-rs/keyring')
  return process.platform === 'linux'
    ? new Entry(service, name, { linux: { store: 'secret-service' } })
    : new Entry(service, name)
}

/** One entry for each vault directory, so that two of them do not share a key. */
function entryName(directory: string): string {
  return `vault-${createHash('sha256').update(directory).digest('hex').slice(0, 32)}`
}

function keyFile(directory: string): string {
  return join(directory, 'vault.key')
}
