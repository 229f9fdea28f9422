// A client that proves itself with a token of another issuer, registered as a federated identity credential. entra.md section 4.1.
// Microsoft's "Workload identity federation": issuer, subject and audience are compared to the letter, letter case included.
import type { FederatedCredential } from '../directory/objects.ts'
import { type Assertion, checkTimes } from './client-assertion.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { fetchIssuerKeys, type IssuerKey } from './issuer-keys.ts'
import type { TokenRequest } from './token-endpoint.ts'

const documentation = 'https://learn.microsoft.com/entra/workload-id/workload-identity-federation'
const checkAgainst =
  'Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.'
/** "Microsoft Entra ID supports only tokens signed with RS256", says the page. */
const algorithms = ['RS256']

const refuse = (code: number, message: string): EntraFailure =>
  new EntraFailure(code, message, { error: 'invalid_client', status: 401 })

/** An assertion of the client itself names it as its issuer; any other issuer is a federated one. */
export const isFederated = ({ claims }: Assertion, appId: string): boolean =>
  typeof claims['iss'] === 'string' && /^https?:\/\//i.test(claims['iss']) && claims['iss'] !== appId

/** @throws {EntraFailure} 700211, 700212, 700213, 700024, 7000272, 50166 */
export async function checkFederatedAssertion(
  parts: IdentityParts,
  request: TokenRequest,
  assertion: Assertion,
): Promise<void> {
  const { application } = request.client
  const { claims, header, text } = assertion
  const credential = matching(parts.directory.federatedCredentialsOf(application), claims)
  checkTimes(claims, parts.clock.nowMs())
  if (!algorithms.includes(String(header['alg']))) throw unknownKey(credential.issuer)
  const keys = await keysOf(parts, request, credential.issuer)
  const { compactVerify } = await import('jose')
  for (const { kid, key } of keys) {
    if (kid !== undefined && header['kid'] !== undefined && kid !== header['kid']) continue
    const good = await compactVerify(text, key, { algorithms }).then(
      () => true,
      () => false,
    )
    if (good) return
  }
  throw unknownKey(credential.issuer)
}

function matching(
  registered: readonly FederatedCredential[],
  claims: Assertion['claims'],
): FederatedCredential {
  const told = (what: string, value: unknown): string =>
    `No matching federated identity record found for presented assertion ${what} '${String(value)}'. ${checkAgainst} ${documentation}`
  const ofIssuer = registered.filter((one) => one.issuer === claims['iss'])
  if (ofIssuer.length === 0) throw refuse(700211, told('issuer', claims['iss']))
  const ofSubject = ofIssuer.filter((one) => one.subject === claims['sub'])
  if (ofSubject.length === 0) throw refuse(700213, told('subject', claims['sub']))
  const audiences = [claims['aud']].flat()
  const found = ofSubject.find((one) => one.audiences.some((audience) => audiences.includes(audience)))
  if (!found) throw refuse(700212, told('audience', audiences.join(' ')))
  return found
}

/** The tenant is an issuer too: its own keys are at hand, and asking itself over HTTP could wait for itself. */
async function keysOf(
  parts: IdentityParts,
  { origin }: TokenRequest,
  issuer: string,
): Promise<readonly IssuerKey[]> {
  const own = [`${origin}/${parts.tenantId}/v2.0`, `https://sts.windows.net/${parts.tenantId}/`]
  if (own.includes(issuer))
    return parts.key.published().map((kid) => ({ kid, key: parts.key.verifier({ kid }) }))
  try {
    return await fetchIssuerKeys(issuer)
  } catch {
    throw new EntraFailure(50166, 'Request to External OIDC endpoint failed.', { error: 'invalid_request' })
  }
}

const unknownKey = (issuer: string): EntraFailure =>
  refuse(
    7000272,
    `The certificate used to sign the federated credential could not be found in the metadata of identity provider ${issuer}. Please validate that your Identity Provider's metadata exposes the key used to sign the incoming token.`,
  )
