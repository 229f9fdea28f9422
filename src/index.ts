// The front door of `letterlock`: what flow files and programs import.
export * from './flow/index.ts'
export { createGraphClient, GraphError, openThrottle, type GraphClient } from './graph/index.ts'
export { MailError, openMailbox, type Mailbox, type Message } from './mail/index.ts'
export { clouds, parseCloud, type Cloud } from './facts/clouds.ts'
export {
  createCredential,
  createTokenSource,
  openMemoryVault,
  openVault,
  Secret,
  signIn,
  signInAsApplication,
  signInByPaste,
  SignInError,
  signInWithBrowser,
  signInWithDeviceCode,
  type Account,
  type ClientCredential,
  type ClientRegistration,
  type Credential,
  type SignedIn,
  type TokenSource,
  type Vault,
} from './signin/index.ts'
