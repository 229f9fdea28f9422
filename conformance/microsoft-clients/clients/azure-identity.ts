// @azure/identity as an application uses it. The browser is the one that $BROWSER names.
import {
  type AccessToken,
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  InteractiveBrowserCredential,
  OnBehalfOfCredential,
} from '@azure/identity'
import { browse } from './browse.ts'
import { type Found, graphDefault, runCases, userRead } from './cases.ts'

await runCases(
  ({ tenantId, publicClientId, confidentialClientId, secret, certificate, person, apiScope }) => {
    const interactive = (): InteractiveBrowserCredential =>
      new InteractiveBrowserCredential({ tenantId, clientId: publicClientId })
    return {
      async InteractiveBrowserCredential() {
        const credential = interactive()
        const first = await credential.getToken(userRead)
        const again = await credential.getToken(userRead)
        return { ...describe(first), cached: again.token === first.token }
      },
      async DeviceCodeCredential() {
        const credential = new DeviceCodeCredential({
          tenantId,
          clientId: publicClientId,
          userPromptCallback: (told) => {
            browse(told.verificationUri, { ...person, userCode: told.userCode }).catch((error: unknown) =>
              console.error(error),
            )
          },
        })
        return describe((await credential.getToken(userRead))!)
      },
      async ClientSecretCredential() {
        const credential = new ClientSecretCredential(tenantId, confidentialClientId, secret)
        return describe(await credential.getToken(graphDefault))
      },
      async ClientCertificateCredential() {
        const credential = new ClientCertificateCredential(tenantId, confidentialClientId, {
          certificate: `${certificate.pem}\n${certificate.keyPem}`,
        })
        return describe(await credential.getToken(graphDefault))
      },
      async OnBehalfOfCredential() {
        const forApi = await interactive().getToken(apiScope)
        const credential = new OnBehalfOfCredential({
          tenantId,
          clientId: confidentialClientId,
          clientSecret: secret,
          userAssertionToken: forApi.token,
        })
        return describe(await credential.getToken(userRead))
      },
    }
  },
)

function describe(token: AccessToken): Found {
  return {
    tokens: { access: token.token },
    secondsLeft: Math.round((token.expiresOnTimestamp - Date.now()) / 1000),
  }
}
