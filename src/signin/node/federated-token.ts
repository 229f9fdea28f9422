import { readFileSync } from 'node:fs'
import { Secret } from '../secret.ts'
import { SignInError } from '../signin-error.ts'

/**
 * Reads the token that the platform (Kubernetes, a CI system) keeps in a file. Read anew for each request: it lives
 * for minutes, and the platform replaces it.
 *
 * @throws {SignInError} `signin/federated-token-unreadable`
 */
export function readFederatedToken(file: string): Secret {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw unreadable(file, 'cannot be read', cause)
  }
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return new Secret(text)
  throw unreadable(file, 'holds no token of three parts')
}

function unreadable(file: string, why: string, cause?: unknown): SignInError {
  return new SignInError('signin/federated-token-unreadable', `the federated token file ${file} ${why}`, {
    fix: 'Give the file that your platform writes the token to, such as the one AZURE_FEDERATED_TOKEN_FILE names.',
    ...(cause !== undefined && { cause }),
  })
}
