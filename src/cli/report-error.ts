import { explainEntraCode } from '../facts/entra-errors.ts'
import type { Recovery } from '../facts/recovery.ts'
import type { Output } from './output.ts'
import { oneLine } from './strip-escapes.ts'

export const exitCodes: Readonly<Record<Recovery, number>> = {
  'sign-in-again': 3,
  'ask-admin': 4,
  retry: 5,
  'fix-configuration': 1,
  report: 1,
}

export interface ToldError {
  readonly code: string
  readonly message: string
  readonly fix: string
  readonly recovery: Recovery
  readonly ids: Readonly<Record<string, string>>
  readonly exitCode: number
}

/** What every part's errors have in common. */
interface NamedError extends Error {
  readonly code: string
  readonly recovery: Recovery
  readonly fix?: string
  readonly entraCode?: number
  readonly status?: number
  readonly exitCode?: number
  readonly ids?: Readonly<Record<string, string | undefined>>
}

/** Says in three lines what happened, what to do, and the ids to quote. Returns the exit code. */
export function reportError(error: unknown, o: { output: Output; interrupted: boolean }): number {
  const told = o.interrupted ? interrupted : tellError(error)
  o.output.warn(`letterlock: ${told.message} (${told.code})`)
  o.output.warn(`do this: ${told.fix}`)
  const ids = Object.entries(told.ids)
  if (ids.length > 0) o.output.warn(ids.map(([name, id]) => `${name}: ${oneLine(id)}`).join('  '))
  const { code, message, fix, recovery } = told
  o.output.record({ ok: false, error: { code, message, fix, recovery, ...told.ids } })
  return told.exitCode
}

const interrupted: ToldError = {
  code: 'cli/interrupted',
  message: 'interrupted',
  fix: 'run it again to go on',
  recovery: 'retry',
  ids: {},
  exitCode: 130,
}

export function tellError(given: unknown): ToldError {
  const error = innermostPage(given)
  if (!isNamed(error)) return unexpected(error)
  const ids: Record<string, string> = {}
  if (error.entraCode !== undefined && !error.message.includes(String(error.entraCode)))
    ids['error'] = `AADSTS${error.entraCode}`
  if (error.status !== undefined && error.status > 0) ids['status'] = String(error.status)
  for (const [name, id] of Object.entries(error.ids ?? {})) if (id) ids[name] = id
  return {
    code: error.code,
    message: oneLine(error.message).replace(/\.$/, ''),
    fix: fixOf(error),
    recovery: error.recovery,
    ids,
    exitCode: error.exitCode ?? exitCodeOf(error),
  }
}

/** A page that was refused while we walked it says more than "the browser did not open". */
function innermostPage(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return isNamed(error) && error.code === 'signin/browser-not-opened' && isNamed(cause) ? cause : error
}

function isNamed(error: unknown): error is NamedError {
  return (
    error instanceof Error &&
    typeof (error as Partial<NamedError>).code === 'string' &&
    Object.hasOwn(exitCodes, (error as Partial<NamedError>).recovery ?? '')
  )
}

function exitCodeOf(error: NamedError): number {
  return error.code === 'cli/usage' || error.code === 'cli/account-ambiguous' ? 2 : exitCodes[error.recovery]
}

function fixOf(error: NamedError): string {
  const own = error.fix === undefined ? undefined : oneLine(error.fix)
  if (own !== undefined && !/^sign in again\.?$/i.test(own)) return own
  if (error.recovery === 'sign-in-again') return 'letterlock login'
  const fact = error.entraCode === undefined ? undefined : explainEntraCode(String(error.entraCode))
  if (fact) return fact.fix
  switch (error.recovery) {
    case 'retry':
      return 'run it again in a moment; nothing is done twice'
    case 'ask-admin':
      return 'ask an administrator of the tenant; "letterlock app check" says what is missing'
    case 'fix-configuration':
      return `letterlock doctor ${error.code}`
    case 'report':
      return 'report it with the line below, if there is one'
  }
}

function unexpected(error: unknown): ToldError {
  const system = error as NodeJS.ErrnoException
  const message = error instanceof Error ? error.message : String(error)
  const onDisk = typeof system?.code === 'string' && typeof system.path === 'string'
  return {
    code: onDisk ? 'cli/file-unreadable' : 'cli/unexpected',
    message: oneLine(message).slice(0, 500) || 'something unexpected happened',
    fix: onDisk
      ? `look at ${oneLine(system.path ?? '')}`
      : 'report it with what you typed: it is a mistake in letterlock',
    recovery: onDisk ? 'fix-configuration' : 'report',
    ids: {},
    exitCode: 1,
  }
}
