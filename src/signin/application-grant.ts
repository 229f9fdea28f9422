import { clientCredentialsGrantRequest, processClientCredentialsResponse } from 'oauth4webapi'
import { systemClock } from '../facts/clock.ts'
import type { NewTokens } from './account.ts'
import { claimsParameter } from './authorize.ts'
import { clientAuthentication } from './client-credential.ts'
import { graphDefault } from './scope-plan.ts'
import { readFailure, unavailable } from './server-reply.ts'
import type { ApplicationTokenRequest } from './sign-in-as-application.ts'
import { libraryClient, libraryOptions, readTokens, type TokenRequestOptions } from './token-reply.ts'

/** The client credentials grant. RFC 6749 4.4; E 4.1. */
export async function sendApplicationRequest(
  request: ApplicationTokenRequest,
  options: TokenRequestOptions,
): Promise<NewTokens> {
  const { client, discovery } = request
  const clock = options.clock ?? systemClock
  const scopes = request.scopes ?? [graphDefault(client.cloud)]
  const libClient = libraryClient(client.clientId, clock)
  try {
    const reply = await clientCredentialsGrantRequest(
      discovery.server,
      libClient,
      await clientAuthentication(client),
      { scope: scopes.join(' '), claims: claimsParameter(request.claims) },
      libraryOptions(client.cloud.authority, options),
    )
    if (reply.status === 429 || reply.status >= 500) throw unavailable(reply)
    const body = await processClientCredentialsResponse(discovery.server, libClient, reply)
    return readTokens(body, { client: { cloud: client.cloud, scopes }, nowMs: clock.nowMs() })
  } catch (error) {
    throw readFailure(error, 'application', client.cloud.authority)
  }
}
