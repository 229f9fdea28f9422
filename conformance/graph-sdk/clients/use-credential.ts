// Microsoft's SDKs as an application uses them, with our credential in place of one of @azure/identity. Reads what it
// needs as JSON on stdin, prints JSON. All hosts are Microsoft's own: the environment leads them to the local tenant.
import { text } from 'node:stream/consumers'
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { ChainedTokenCredential, getBearerTokenProvider } from '@azure/identity'
import { HttpMethod, RequestInformation } from '@microsoft/kiota-abstractions'
import { AzureIdentityAuthenticationProvider } from '@microsoft/kiota-authentication-azure'
import { Client } from '@microsoft/microsoft-graph-client'
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js'
import { clouds, createCredential, openVault, Secret, signIn } from '../../../src/index.ts'

const given = JSON.parse(await text(process.stdin)) as {
  tenantId: string
  clientId: string
  secret: string
  home: string
}
const vault = openVault(given.home, { keychain: 'off' })
const client = {
  cloud: clouds.global,
  tenant: given.tenantId,
  clientId: given.clientId,
  clientKind: 'confidential' as const,
  credential: { kind: 'secret' as const, secret: new Secret(given.secret) },
}
vault.save(await signIn({ client }))
const credential = createCredential({ vault, account: given.clientId })
const scope = 'https://graph.microsoft.com/.default'
const users = 'https://graph.microsoft.com/v1.0/users'

const graphClient = async (): Promise<unknown> => {
  const authProvider = new TokenCredentialAuthenticationProvider(credential, { scopes: [scope] })
  const found = (await Client.initWithMiddleware({ authProvider }).api('/users').get()) as {
    value: unknown[]
  }
  return found.value.length
}
const corePipeline = async (): Promise<unknown> => {
  const pipeline = createPipelineFromOptions({})
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope }))
  const reply = await pipeline.sendRequest(createDefaultHttpClient(), createPipelineRequest({ url: users }))
  return (JSON.parse(reply.bodyAsText ?? '{}') as { value: unknown[] }).value.length
}
const chained = async (): Promise<unknown> => {
  const chain = new ChainedTokenCredential(credential)
  const { token, expiresOnTimestamp } = await chain.getToken(scope)
  const bearer = await getBearerTokenProvider(credential, scope)()
  return bearer === token && expiresOnTimestamp > Date.now()
}
const kiota = async (): Promise<unknown> => {
  const request = new RequestInformation(HttpMethod.GET)
  request.URL = users
  await new AzureIdentityAuthenticationProvider(credential, [scope]).authenticateRequest(request)
  const [authorization = ''] = request.headers.tryGetValue('Authorization') ?? []
  const reply = await fetch(users, { headers: { authorization } })
  return ((await reply.json()) as { value: unknown[] }).value.length
}
console.log(
  JSON.stringify({
    graphClient: await graphClient(),
    corePipeline: await corePipeline(),
    chained: await chained(),
    kiota: await kiota(),
  }),
)
vault.close()
