import { GraphError, type GraphClient, type GraphRequestOptions } from '../graph/index.ts'
import type { CallOptions } from './contract.ts'

export interface MailboxAccess {
  readonly graph: GraphClient
  /** `/me` or `/users/{id}`. */
  readonly root: string
}

export function messagePath(access: MailboxAccess, id: string): string {
  return `${access.root}/messages/${encodeURIComponent(id)}`
}

/** The part of a request's options that every call shares: immutable ids always, and what the caller passed on. */
export function callOf(
  o: CallOptions,
  extra: { prefer?: string; headers?: Record<string, string> } = {},
): GraphRequestOptions {
  const prefer = ['IdType="ImmutableId"', ...(extra.prefer === undefined ? [] : [extra.prefer])].join(', ')
  return {
    headers: { ...extra.headers, Prefer: prefer },
    ...(o.signal === undefined ? {} : { signal: o.signal }),
    ...(o.deadlineMs === undefined ? {} : { deadlineMs: o.deadlineMs }),
  }
}

export function ifMatchOf(o: { ifMatch?: string }): { headers?: Record<string, string> } {
  return o.ifMatch === undefined || o.ifMatch === '' ? {} : { headers: { 'If-Match': o.ifMatch } }
}

/** undefined in place of Graph's 404. */
export async function unlessGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof GraphError && error.code === 'graph/not-found') return undefined
    throw error
  }
}
