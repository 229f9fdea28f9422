import type { Account } from './account.ts'
import { SignInError } from './signin-error.ts'

/** Which of an account's tokens a caller wants: the one for Graph, or one for another resource. */
export type ScopePlan =
  | { readonly kind: 'graph'; readonly scopes: readonly string[] }
  | { readonly kind: 'other'; readonly key: string; readonly scopes: readonly string[] }

const oidcScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/**
 * Sorts what was asked for. One token serves one resource (E 2.1), so scopes of two are refused before the network.
 *
 * @throws {SignInError} `signin/scopes-mixed`
 */
export function planScopes(asked: readonly string[] | undefined, account: Pick<Account, 'cloud'>): ScopePlan {
  const names = (asked ?? []).map((scope) => graphName(scope, account.cloud.graph))
  const wanted = [...new Set(names)].filter((name) => !oidcScopes.has(name.toLowerCase()))
  const others = wanted.filter(isOfOtherResource)
  if (others.length === 0) return { kind: 'graph', scopes: wanted }
  const resources = new Set(others.map(resourceOf))
  if (others.length === wanted.length && resources.size === 1)
    return { kind: 'other', key: others.toSorted().join(' '), scopes: others }
  throw new SignInError(
    'signin/scopes-mixed',
    'the scopes belong to several resources, and a token is for one',
    {
      fix: 'Ask for one token per resource.',
    },
  )
}

/** Those that a token lacks. `.default` asks for whatever is consented, so every token has it. */
export function missingScopes(wanted: readonly string[], granted: readonly string[]): string[] {
  const has = new Set(granted.map((scope) => scope.toLowerCase()))
  return wanted.filter((scope) => scope !== '.default' && !has.has(scope.toLowerCase()))
}

/** `https://graph.microsoft.com/Mail.Read` and `Mail.Read` are one scope. Entra answers with either. */
export function graphName(scope: string, graph: string): string {
  for (const prefix of [
    `${graph}/`,
    'https://graph.microsoft.com/',
    '00000003-0000-0000-c000-000000000000/',
  ]) {
    // `https://graph.microsoft.com//.default` is a spelling that Microsoft's pages know too.
    if (scope.toLowerCase().startsWith(prefix)) return scope.slice(prefix.length).replace(/^\//, '')
  }
  return scope
}

/** All of the application's permissions for Graph. A tenant on this machine knows Graph by its global name. */
export function graphDefault(cloud: Account['cloud']): string {
  return `${cloud.graph.startsWith('https://') ? cloud.graph : 'https://graph.microsoft.com'}/.default`
}

const isOfOtherResource = (name: string): boolean => name.includes('/')

/** All before the last part: `https://outlook.office.com/` and `api://guid/`. */
function resourceOf(scope: string): string {
  return scope.slice(0, scope.lastIndexOf('/')).replace(/\/+$/, '').toLowerCase()
}
