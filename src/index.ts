// The front door of `letterlock`: what flow files and programs import.
export * from './flow/index.ts'
export { createGraphClient, GraphError, openThrottle, type GraphClient } from './graph/index.ts'
export { MailError, openMailbox, type Mailbox, type Message } from './mail/index.ts'
export {
  createTokenSource,
  openVault,
  Secret,
  SignInError,
  signInWithBrowser,
  type Account,
  type TokenSource,
  type Vault,
} from './signin/index.ts'
