import { ClientSecretPost, modifyAssertion, None, PrivateKeyJwt, type ClientAuth } from 'oauth4webapi'
import type { ClientRegistration } from './account.ts'
import type { Secret } from './secret.ts'

/** How a confidential client proves that it is itself (E 4.1). Files are read anew each time: they are rotated. */
export type ClientCredential =
  | { readonly kind: 'secret'; readonly secret: Secret }
  /** PEM with certificate and private key, or PKCS #12 (.pfx, .p12). */
  | { readonly kind: 'certificate'; readonly file: string; readonly passphrase?: Secret }
  /** Workload federation: a token of another issuer, in a file that its platform keeps fresh. */
  | { readonly kind: 'federation'; readonly tokenFile: string }

/**
 * What the protocol library adds to a token request so that the server knows the client.
 *
 * @throws {SignInError} `signin/certificate-unreadable`, `signin/federated-token-unreadable`
 */
export async function clientAuthentication(
  client: Pick<ClientRegistration, 'clientKind' | 'credential'>,
): Promise<ClientAuth> {
  const { credential } = client
  switch (credential?.kind) {
    case undefined:
      return None()
    case 'secret':
      return ClientSecretPost(credential.secret.reveal())
    case 'certificate':
      return signedAssertion(credential)
    case 'federation':
      return foreignAssertion(credential.tokenFile)
  }
}

/** PS256 with the certificate's SHA-256 thumbprint, for the token endpoint: what Entra asks for (E 4.1). */
async function signedAssertion(given: { file: string; passphrase?: Secret }): Promise<ClientAuth> {
  const { readCertificate } = await import('./node/certificate.ts')
  const { pkcs8, thumbprint } = await readCertificate(given.file, given.passphrase)
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, ['sign'])
  return (server, client, body, headers) =>
    PrivateKeyJwt(key, {
      [modifyAssertion](header, payload) {
        header['typ'] = 'JWT'
        header['x5t#S256'] = thumbprint
        payload['aud'] = server.token_endpoint
        // Also by a clock that is ten minutes off; Entra allows five on top.
        payload['nbf'] = Number(payload['iat']) - 600
        payload['exp'] = Number(payload['iat']) + 600
      },
    })(server, client, body, headers)
}

async function foreignAssertion(tokenFile: string): Promise<ClientAuth> {
  const { readFederatedToken } = await import('./node/federated-token.ts')
  const token = readFederatedToken(tokenFile)
  return (_server, client, body) => {
    body.set('client_id', client.client_id)
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    body.set('client_assertion', token.reveal())
  }
}
