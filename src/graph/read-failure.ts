import { findGraphError } from '../facts/graph-errors.ts'
import type { Recovery } from '../facts/recovery.ts'
import { GraphError, type GraphErrorCode, type GraphErrorDetails } from './graph-error.ts'

/** The error for an answer that is not a success. `text` is its body, of which code and message alone are kept. */
export function readFailure(
  what: string,
  response: { status: number; headers: Headers },
  text: string,
  details: GraphErrorDetails,
): GraphError {
  const body = readErrorBody(text)
  const code = codeForAnswer(response.status, body.code)
  const named = body.code === undefined ? '' : `: ${body.code}`
  return new GraphError(code, `Graph answered ${response.status} to ${what}${named}`, {
    ...details,
    status: response.status,
    ...(body.code === undefined ? {} : { graphCode: body.code }),
    ...(body.innerCode === undefined ? {} : { graphInnerCode: body.innerCode }),
    ...(body.message === undefined ? {} : { graphMessage: body.message }),
    ...adviceFor(code, body.code?.toLowerCase()),
  })
}

const codeByStatus: Record<number, GraphErrorCode> = {
  401: 'graph/unauthorized',
  403: 'graph/refused',
  404: 'graph/not-found',
  409: 'graph/conflict',
  410: 'graph/not-found',
  412: 'graph/conflict',
  429: 'graph/throttled',
  501: 'graph/not-supported',
  507: 'graph/mailbox-full',
}

const codeByGraphCode: Record<string, GraphErrorCode> = {
  errorquotaexceeded: 'graph/mailbox-full',
  mailboxnotenabledforrestapi: 'graph/refused',
  errormailboxnotenabledforrestapi: 'graph/refused',
  errorirresolvableconflict: 'graph/conflict',
}

function codeForAnswer(status: number, graphCode: string | undefined): GraphErrorCode {
  const named = codeByGraphCode[graphCode?.toLowerCase() ?? '']
  if (named !== undefined && status < 500) return named
  return codeByStatus[status] ?? (status >= 500 ? 'graph/unavailable' : 'graph/bad-request')
}

/** What the published meaning of Graph's code advises; else what the status alone does. */
function adviceFor(
  code: GraphErrorCode,
  graphCode: string | undefined,
): { recovery?: Recovery; fix?: string } {
  const fact = findGraphError(graphCode ?? '')
  if (fact !== undefined) return { recovery: fact.recovery, fix: fact.fix }
  if (code === 'graph/unauthorized') return { fix: 'Sign in again.' }
  if (code === 'graph/refused')
    return { fix: 'Ask an administrator for the permission or for access to the mailbox.' }
  return {}
}

interface ErrorBody {
  code?: string
  innerCode?: string
  message?: string
}

function readErrorBody(text: string): ErrorBody {
  try {
    const json = JSON.parse(text) as {
      error?: { code?: unknown; message?: unknown; innerError?: { code?: unknown } }
    }
    const inner = json.error?.innerError?.code
    return {
      ...(typeof json.error?.code === 'string' ? { code: printable(json.error.code, 100) } : {}),
      ...(typeof inner === 'string' ? { innerCode: printable(inner, 100) } : {}),
      ...(typeof json.error?.message === 'string' ? { message: printable(json.error.message, 300) } : {}),
    }
  } catch {
    return {}
  }
}

function printable(text: string, longest: number): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longest)
}

// What undici names when no connection came to be: the request cannot have been carried out.
const notSent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/
const notTrusted = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/

/** The error for a `fetch` that failed. `neverSent` is true when Graph cannot have seen the request. */
export function readConnectionFailure(
  what: string,
  cause: unknown,
  details: GraphErrorDetails,
): { error: GraphError; neverSent: boolean; hopeless: boolean } {
  const name = causeCode(cause)
  const hopeless = notTrusted.test(name)
  const neverSent = hopeless || notSent.test(name)
  const known = name === '' ? '' : ` (${name})`
  const error = neverSent
    ? new GraphError('graph/unavailable', `No connection could be made for ${what}${known}`, {
        ...details,
        cause,
        ...(hopeless
          ? { recovery: 'fix-configuration', fix: 'The server’s certificate is not trusted here.' }
          : {}),
      })
    : new GraphError('graph/connection-lost', `The connection broke during ${what}${known}`, {
        ...details,
        cause,
      })
  return { error, neverSent, hopeless }
}

function causeCode(cause: unknown): string {
  for (
    let at: unknown = cause;
    typeof at === 'object' && at !== null;
    at = (at as { cause?: unknown }).cause
  ) {
    const code = (at as { code?: unknown }).code
    if (typeof code === 'string') return code
  }
  return ''
}
