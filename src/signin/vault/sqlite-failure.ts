import { SignInError } from '../signin-error.ts'

/** SQLITE_BUSY and SQLITE_LOCKED, with their extended codes. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' && ((code & 0xff) === 5 || (code & 0xff) === 6)
}

/** The vault's error for whatever SQLite threw. */
export function vaultFailure(error: unknown): SignInError {
  if (error instanceof SignInError) return error
  if (isBusy(error))
    return new SignInError('signin/vault-busy', 'the vault is in use by another process', { cause: error })
  return new SignInError('signin/vault-unreadable', 'the vault cannot be read or written', {
    cause: error,
    fix: 'Check the disk and who may write there; if vault.db is damaged, remove it and sign in again.',
  })
}
