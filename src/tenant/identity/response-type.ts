// Which answer an authorization request asks for, and how it travels back. entra.md section 2.1; OAuth 2.0 Multiple Response Types.
import type { Application } from '../directory/objects.ts'
import { PageFailure, RedirectFailure } from './failure.ts'

type Parameters = Readonly<Record<string, string>>
export type ResponsePart = 'code' | 'id_token' | 'token'
const parts: ReadonlySet<string> = new Set<ResponsePart>(['code', 'id_token', 'token'])
const modes = ['query', 'fragment', 'form_post']

/** What is asked for, in any order; empty when a word is none of these. */
export function responseParts(request: Parameters): ReadonlySet<string> {
  const asked = new Set((request['response_type'] ?? '').split(' ').filter(Boolean))
  return [...asked].every((one) => parts.has(one)) ? asked : new Set()
}

/** Tokens never travel in a query: a fragment is the default as soon as one is asked for, errors included. */
export function responseMode(request: Parameters): string {
  const { response_mode: mode = '' } = request
  const asked = responseParts(request)
  const withTokens = asked.has('id_token') || asked.has('token')
  if (mode === 'query' && withTokens) return 'fragment'
  if (modes.includes(mode)) return mode
  return withTokens ? 'fragment' : 'query'
}

/** @throws {PageFailure} 900144 @throws {RedirectFailure} 70005, 700051, 700054, 70007 */
export function checkResponse(request: Parameters, application: Application): void {
  const { response_type: type, response_mode: mode } = request
  if (!type) throw missing('response_type')
  const asked = responseParts(request)
  if (asked.size === 0 || (asked.has('code') && asked.has('token')))
    throw unsupported(70005, `response_type '${type}' is not supported for the application.`)
  const settings = implicitGrants(application)
  if (asked.has('id_token') && settings.enableIdTokenIssuance !== true)
    throw unsupported(700054, "response_type 'id_token' is not enabled for the application.")
  if (asked.has('token') && settings.enableAccessTokenIssuance !== true)
    throw unsupported(700051, "response_type 'token' is not enabled for the application.")
  const isUnknown = mode !== undefined && !modes.includes(mode)
  if (isUnknown || (mode === 'query' && (asked.has('id_token') || asked.has('token'))))
    throw new RedirectFailure(
      70007,
      `'${mode}' is not a supported value of 'response_mode' when requesting a token.`,
      'invalid_request',
    )
  if (asked.has('id_token') && !request['nonce']) throw missing('nonce')
}

interface ImplicitGrants {
  readonly enableIdTokenIssuance?: boolean
  readonly enableAccessTokenIssuance?: boolean
}
function implicitGrants(application: Application): ImplicitGrants {
  const web = application.web as { implicitGrantSettings?: ImplicitGrants | null }
  return web.implicitGrantSettings ?? {}
}

const unsupported = (code: number, message: string): RedirectFailure =>
  new RedirectFailure(code, message, 'unsupported_response_type')
const missing = (name: string): PageFailure =>
  new PageFailure(900144, `The request body must contain the following parameter: '${name}'.`)
