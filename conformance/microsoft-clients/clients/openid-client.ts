// openid-client under Microsoft's own names, where it treats Microsoft's issuer as it is known to be; each kind of token once.
import * as client from 'openid-client'
import { browse } from './browse.ts'
import { type Found, graphDefault, once, runCases, userRead } from './cases.ts'

const redirectUri = 'http://localhost'
const scope = `openid profile email offline_access ${userRead}`
const longToken = JSON.stringify({ access_token: { xms_cc: { values: ['CP1'] } } })

await runCases((input) => {
  const { publicClientId, confidentialClientId, secret, person, authority } = input
  const discover = async (at: string, o = { id: publicClientId, auth: client.None() }) => {
    const config = await client.discovery(new URL(`${at}/v2.0`), o.id, undefined, o.auth)
    // Signatures of ID tokens are checked, although TLS would do.
    client.enableNonRepudiationChecks(config)
    return config
  }
  const here = once(() => discover(authority))
  const common = once(() => discover('https://login.microsoftonline.com/organizations'))

  async function signIn(config: client.Configuration, asked: Record<string, string> = {}) {
    const [verifier, state, nonce] = [
      client.randomPKCECodeVerifier(),
      client.randomState(),
      client.randomNonce(),
    ]
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...asked,
    })
    const { url: back } = await browse(url.href, person, redirectUri)
    return client.authorizationCodeGrant(
      config,
      back,
      { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
      asked['claims'] ? { claims: asked['claims'] } : {},
    )
  }
  const signedIn = once(async () => signIn(await here()))

  return {
    async discovery() {
      const { issuer } = (await here()).serverMetadata()
      const { issuer: template } = (await common()).serverMetadata()
      return { issuer, template, supportsPKCE: (await here()).serverMetadata().supportsPKCE() }
    },
    async 'code and PKCE'() {
      const tokens = await signedIn()
      return { ...describe(tokens), claims: tokens.claims() }
    },
    async 'code and PKCE at organizations'() {
      const tokens = await signIn(await common())
      return { ...describe(tokens), claims: tokens.claims() }
    },
    async refresh() {
      const { refresh_token: old } = await signedIn()
      const next = await client.refreshTokenGrant(await here(), old!)
      return { ...describe(next), isNew: next.refresh_token !== old }
    },
    async 'user info'() {
      const tokens = await signedIn()
      return { info: await client.fetchUserInfo(await here(), tokens.access_token, tokens.claims()!.sub) }
    },
    async 'device code'() {
      const config = await here()
      const told = await client.initiateDeviceAuthorization(config, { scope })
      const [tokens] = await Promise.all([
        client.pollDeviceAuthorizationGrant(config, told),
        browse(told.verification_uri, { ...person, userCode: told.user_code }),
      ])
      return describe(tokens)
    },
    async 'client credentials'() {
      const config = await discover(authority, {
        id: confidentialClientId,
        auth: client.ClientSecretPost(secret),
      })
      return describe(await client.clientCredentialsGrant(config, { scope: graphDefault }))
    },
    async 'an API that takes tokens of version 2'() {
      return describe(await signIn(await here(), { scope: `openid ${input.version2Scope}` }))
    },
    async 'long token'() {
      return describe(await signIn(await here(), { claims: longToken }))
    },
    async 'version 1'() {
      // It names no permission: what was consented to before is what it gets.
      await signedIn()
      const { tokens, resource } = await version1(input)
      return { tokens, resource }
    },
  }
})

/** No library of today speaks version 1 by itself: its parameters and answers as they are. */
async function version1({
  authority,
  publicClientId,
  person,
}: {
  authority: string
  publicClientId: string
  person: Parameters<typeof browse>[1]
}): Promise<{ tokens: Record<string, string>; resource: unknown }> {
  const resource = 'https://graph.microsoft.com'
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: publicClientId,
    redirect_uri: redirectUri,
    resource,
  })
  const { url } = await browse(`${authority}/oauth2/authorize?${query}`, person, redirectUri)
  const reply = await fetch(`${authority}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: publicClientId,
      redirect_uri: redirectUri,
      resource,
      code: url.searchParams.get('code') ?? '',
    }),
  })
  const answer = (await reply.json()) as Record<string, string>
  if (!answer['access_token'] || !answer['id_token']) throw new Error(JSON.stringify(answer))
  return {
    tokens: { access: answer['access_token'], id: answer['id_token'] },
    resource: answer['resource'],
  }
}

function describe(tokens: client.TokenEndpointResponse): Found {
  return {
    tokens: { access: tokens.access_token, ...(tokens.id_token ? { id: tokens.id_token } : {}) },
    scope: tokens.scope,
    secondsLeft: tokens.expires_in,
    refreshToken: tokens.refresh_token !== undefined,
  }
}
