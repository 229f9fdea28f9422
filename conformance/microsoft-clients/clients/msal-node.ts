// @azure/msal-node as an application uses it. Nothing is configured but ids, secrets and Microsoft's own authority.
import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  PublicClientApplication,
} from '@azure/msal-node'
import { browse } from './browse.ts'
import { type Found, once, runCases } from './cases.ts'

await runCases((input) => {
  const { authority, person, apiScope, graph = 'https://graph.microsoft.com' } = input
  const [graphDefault, userRead] = [`${graph}/.default`, `${graph}/User.Read`]
  const clientId = input.publicClientId
  const app = new PublicClientApplication({ auth: { clientId, authority } })
  const withBrowser = (scopes: string[]) =>
    app.acquireTokenInteractive({
      scopes,
      openBrowser: (url) => {
        browse(url, person).catch((error: unknown) => console.error(error))
        return Promise.resolve()
      },
    })
  const signedIn = once(() => withBrowser([userRead]))
  const confidential = (auth: object) =>
    new ConfidentialClientApplication({ auth: { clientId: input.confidentialClientId, authority, ...auth } })
  const withSecret = () => confidential({ clientSecret: input.secret })
  return {
    async interactive() {
      return describe(await signedIn())
    },
    async silent() {
      const { account } = await signedIn()
      return describe(await app.acquireTokenSilent({ account: account!, scopes: [userRead] }))
    },
    async refresh() {
      const first = await signedIn()
      const next = await app.acquireTokenSilent({
        account: first.account!,
        scopes: [userRead],
        forceRefresh: true,
      })
      return { ...describe(next), isNew: next.accessToken !== first.accessToken }
    },
    async 'refresh token handed in'() {
      await signedIn()
      const cache = JSON.parse(app.getTokenCache().serialize()) as {
        RefreshToken: Record<string, { secret: string }>
      }
      const [kept] = Object.values(cache.RefreshToken)
      const fresh = new PublicClientApplication({ auth: { clientId, authority } })
      const next = await fresh.acquireTokenByRefreshToken({ refreshToken: kept!.secret, scopes: [userRead] })
      return describe(next!)
    },
    async 'consent missing'() {
      const { account } = await signedIn()
      const refused = app.acquireTokenSilent({
        account: account!,
        scopes: [`${graph}/Mail.Read`],
        forceRefresh: true,
      })
      return refusal(refused)
    },
    async 'device code'() {
      const device = new PublicClientApplication({ auth: { clientId, authority } })
      const message: string[] = []
      const result = await device.acquireTokenByDeviceCode({
        scopes: [userRead],
        deviceCodeCallback: (told) => {
          message.push(told.message)
          browse(told.verificationUri, { ...person, userCode: told.userCode }).catch((error: unknown) =>
            console.error(error),
          )
        },
      })
      return { ...describe(result!), message: message[0] }
    },
    async 'client secret'() {
      return describe((await withSecret().acquireTokenByClientCredential({ scopes: [graphDefault] }))!)
    },
    async 'wrong client secret'() {
      const wrong = confidential({ clientSecret: 'wrong' })
      return refusal(wrong.acquireTokenByClientCredential({ scopes: [graphDefault] }))
    },
    async 'client certificate'() {
      const { keyPem, sha256, pem } = input.certificate
      const app = confidential({
        clientCertificate: { privateKey: keyPem, thumbprintSha256: sha256, x5c: pem },
      })
      return describe((await app.acquireTokenByClientCredential({ scopes: [graphDefault] }))!)
    },
    async 'on behalf of'() {
      const forApi = await withBrowser([apiScope])
      const result = await withSecret().acquireTokenOnBehalfOf({
        oboAssertion: forApi.accessToken,
        scopes: [userRead],
      })
      const found = describe(result!)
      return { ...found, tokens: { ...found.tokens, 'access for the API': forApi.accessToken } }
    },
  }
})

function describe(result: AuthenticationResult): Found {
  return {
    tokens: { access: result.accessToken, ...(result.idToken ? { id: result.idToken } : {}) },
    scopes: result.scopes,
    tenantId: result.tenantId,
    fromCache: result.fromCache,
    username: result.account?.username,
    homeAccountId: result.account?.homeAccountId,
    environment: result.account?.environment,
    secondsLeft: Math.round((result.expiresOn!.getTime() - Date.now()) / 1000),
  }
}

async function refusal(asked: Promise<unknown>): Promise<Found> {
  try {
    await asked
  } catch (error) {
    const { name, errorCode, subError, errorMessage } = error as Record<string, string>
    return { name, errorCode, subError, errorMessage }
  }
  throw new Error('it was not refused')
}
