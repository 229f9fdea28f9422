export {
  isApplication,
  type Account,
  type ClientRegistration,
  type HeldToken,
  type SignedIn,
  type SignedInBy,
  type TokenSet,
} from './account.ts'
export { buildAuthorizationUrl, type AuthorizationRequest } from './authorize.ts'
export type { ClientCredential } from './client-credential.ts'
export type { PersonSignIn } from './code-grant.ts'
export {
  createCredential,
  type Credential,
  type CredentialOptions,
  type CredentialToken,
} from './create-credential.ts'
export type { Discovery } from './discovery.ts'
export type { DeviceCode, PollEvent } from './device-code.ts'
export type { ReceiverEvent, RedirectReceiver, SignInEnd } from './node/loopback.ts'
export { challengeFor, createPkcePair, type PkcePair } from './pkce.ts'
export type { RefreshRequest } from './refresh.ts'
export { Secret } from './secret.ts'
export { signIn } from './sign-in.ts'
export type { ApplicationSignInOptions } from './sign-in-as-application.ts'
export { signInByPaste, type PasteRefusal, type PasteSignInOptions } from './sign-in-by-paste.ts'
export { signInWithBrowser, type SignInOptions, type WaitingEvent } from './sign-in-with-browser.ts'
export { signInWithDeviceCode, type DeviceSignInOptions } from './sign-in-with-device-code.ts'
export { SignInError, signInErrors, type SignInErrorCode } from './signin-error.ts'
export { createTokenSource, type TokenSource } from './token-source.ts'
export type { StoredSignIn, Vault } from './vault/contract.ts'
export { openMemoryVault } from './vault/memory.ts'
export { openVault, type VaultOptions } from './vault/sqlite.ts'

// Loaded at the first call: a command that only reads a warm vault need not wait for the protocol.
export const fetchDiscovery: typeof import('./discovery.ts').fetchDiscovery = async (...given) =>
  (await import('./discovery.ts')).fetchDiscovery(...given)
export const receiveRedirect: typeof import('./node/loopback.ts').receiveRedirect = async (...given) =>
  (await import('./node/loopback.ts')).receiveRedirect(...given)
export const refreshAccount: typeof import('./refresh.ts').refreshAccount = async (...given) =>
  (await import('./refresh.ts')).refreshAccount(...given)
export const signInAsApplication: typeof import('./sign-in-as-application.ts').signInAsApplication = async (
  ...given
) => (await import('./sign-in-as-application.ts')).signInAsApplication(...given)
