// oauth4webapi by the standard's book: it discovers, compares issuers, and checks the ID token's signature itself.
import * as oauth from 'oauth4webapi'
import { browse } from './browse.ts'
import { type Found, graphDefault, once, runCases, userRead } from './cases.ts'

const redirectUri = 'http://localhost'
const scope = `openid profile email offline_access ${userRead}`

await runCases((input) => {
  const issuer = new URL(`${input.authority}/v2.0`)
  const discovered = once(async () =>
    oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer)),
  )
  const client: oauth.Client = { client_id: input.publicClientId }
  const confidential: oauth.Client = { client_id: input.confidentialClientId }
  const signedIn = once(async () => {
    const as = await discovered()
    const [verifier, state, nonce] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
    ]
    const url = new URL(as.authorization_endpoint!)
    url.search = new URLSearchParams({
      client_id: client.client_id,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString()
    const end = await browse(url.href, input.person, redirectUri)
    const parameters = oauth.validateAuthResponse(as, client, end.url, state)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      parameters,
      redirectUri,
      verifier,
    )
    const result = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    return { as, result, response }
  })
  const appOnly = async (authentication: oauth.ClientAuth): Promise<Found> => {
    const as = await discovered()
    const asked = await oauth.clientCredentialsGrantRequest(as, confidential, authentication, {
      scope: graphDefault,
    })
    return describe(await oauth.processClientCredentialsResponse(as, confidential, asked))
  }
  return {
    async discovery() {
      const { issuer: said } = await discovered()
      return { issuer: said }
    },
    async 'code and PKCE, signature checked by the client'() {
      const { as, result, response } = await signedIn()
      await oauth.validateApplicationLevelSignature(as, response)
      return { ...describe(result), claims: oauth.getValidatedIdTokenClaims(result) }
    },
    async 'user info'() {
      const { as, result } = await signedIn()
      const { sub } = oauth.getValidatedIdTokenClaims(result)!
      const asked = await oauth.userInfoRequest(as, client, result.access_token)
      return { info: await oauth.processUserInfoResponse(as, client, sub, asked) }
    },
    async refresh() {
      const { as, result } = await signedIn()
      const asked = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), result.refresh_token!)
      return describe(await oauth.processRefreshTokenResponse(as, client, asked))
    },
    async 'device code'() {
      const as = await discovered()
      const asked = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope })
      const told = await oauth.processDeviceAuthorizationResponse(as, client, asked)
      const pending = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), told.device_code)
      const first = await oauth
        .processDeviceCodeResponse(as, client, pending)
        .catch((error: unknown) => error)
      await browse(told.verification_uri, { ...input.person, userCode: told.user_code })
      const done = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), told.device_code)
      const result = await oauth.processDeviceCodeResponse(as, client, done)
      return { ...describe(result), first: (first as { error?: string }).error, interval: told.interval }
    },
    'client secret in the body': () => appOnly(oauth.ClientSecretPost(input.secret)),
    'client secret as HTTP Basic': () => appOnly(oauth.ClientSecretBasic(input.secret)),
    async 'client certificate'() {
      const as = await discovered()
      const key = await crypto.subtle.importKey(
        'pkcs8',
        Buffer.from(input.certificate.keyPem.replaceAll(/-----.*?-----|\s/g, ''), 'base64'),
        { name: 'RSA-PSS', hash: 'SHA-256' },
        false,
        ['sign'],
      )
      const thumbprint = Buffer.from(input.certificate.sha256, 'hex').toString('base64url')
      return appOnly(
        oauth.PrivateKeyJwt(key, {
          [oauth.modifyAssertion]: (header, payload) => {
            header['x5t#S256'] = thumbprint
            // Microsoft names the token endpoint as the audience (entra.md section 4.1).
            payload['aud'] = as.token_endpoint
          },
        }),
      )
    },
  }
})

function describe(result: oauth.TokenEndpointResponse): Found {
  return {
    tokens: { access: result.access_token, ...(result.id_token ? { id: result.id_token } : {}) },
    scope: result.scope,
    secondsLeft: result.expires_in,
    refreshToken: result.refresh_token !== undefined,
  }
}
