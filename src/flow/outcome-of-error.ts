import { GraphError } from '../graph/index.ts'
import { SignInError } from '../signin/signin-error.ts'
import { FlowError } from './flow-error.ts'

/** Certain that a POST did nothing: refused (404 excepted: an accepted draft may be hidden), or never sent. */
export function certainlyNotDone(error: unknown): boolean {
  if (error instanceof GraphError) return !error.mayHaveHappened && error.code !== 'graph/not-found'
  return error instanceof SignInError
}

export function isNotFound(error: unknown): boolean {
  return error instanceof GraphError && error.code === 'graph/not-found'
}

export function isConflict(error: unknown): boolean {
  return error instanceof GraphError && error.code === 'graph/conflict'
}

/** No other message would fare better: the run ends. */
export function isFatal(error: unknown): boolean {
  if (error instanceof FlowError) return error.code === 'flow/ledger-unusable'
  return (error as { recovery?: unknown } | null)?.recovery === 'sign-in-again'
}

/** One line for people and the ledger: the code where there is one, and never a body. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 300)
  const code = (error as { code?: unknown }).code
  const line = error.message.split('\n')[0]?.slice(0, 300) ?? ''
  return typeof code === 'string' && code.includes('/') ? `${line} (${code})` : line || error.name
}
