// One account, proven by doing: a refresh, the scopes that came of it, the mailbox, and what holds it back.
import { findPermission } from '../../../facts/permissions.ts'
import { readThrottleState } from '../../../graph/throttle-state.ts'
import { type Account, createTokenSource, type Vault } from '../../../signin/index.ts'
import { cloudOfAccount, connect } from '../../connect.ts'
import type { Invocation } from '../../invocation.ts'
import { readSettings } from '../../settings.ts'
import { type Finding, fine, notChecked, problemOf } from '../finding.ts'

/** Refreshes now: what a user's sign-in may be refused for shows here (AADSTS50105, 65001, 50173 and the like). */
export async function checkAccount(
  invocation: Invocation,
  vault: Vault,
  account: Account,
): Promise<Finding[]> {
  const answer = await refresh(invocation, vault, account)
  if ('problem' in answer) return [answer.problem]
  const { scopes } = answer
  return [
    fine('token', `${account.username} gets a new token`),
    fine('assignment', `${account.username} may use the application: it just did`),
    ...scopeFindings(wantedScopes(invocation, account), scopes),
    await mailboxFinding(invocation, account, scopes),
    throttleFinding(invocation, account),
    notChecked('policy', 'the sign-in rules of the organisation', 'Policy.Read.All'),
  ]
}

async function refresh(
  invocation: Invocation,
  vault: Vault,
  account: Account,
): Promise<{ scopes: readonly string[] } | { problem: Finding }> {
  try {
    const source = createTokenSource(vault, account.id, { cloud: cloudOfAccount(invocation, account) })
    const { scopes } = await source.getToken({ forceRefresh: true, signal: invocation.signal })
    return { scopes }
  } catch (error) {
    return { problem: await problemOf('token', error) }
  }
}

function wantedScopes(invocation: Invocation, account: Account): readonly string[] {
  const saved = readSettings(invocation.home).registration
  return saved?.clientId === account.clientId ? saved.scopes : account.scopes
}

function scopeFindings(wanted: readonly string[], granted: readonly string[]): Finding[] {
  const held = new Set(granted.map((one) => one.toLowerCase()))
  const notInAnswers = ['offline_access', 'openid', 'profile', 'email']
  const missing = wanted.filter((one) => !notInAnswers.includes(one) && !held.has(one.toLowerCase()))
  if (missing.length === 0) return [fine('consent', `consent covers ${granted.join(' ')}`)]
  const forAdmin =
    missing.some((one) => findPermission(one)?.adminConsentRequired) ||
    missing.some((one) => one.startsWith('Mail.'))
  return [
    {
      check: 'consent',
      level: 'problem',
      what: `nobody has consented to ${missing.join(' ')}`,
      why: 'the token that just came does not carry it',
      fix: forAdmin ? 'Ask an administrator to consent.' : 'Sign in again and accept.',
      how: forAdmin ? 'letterlock app consent' : 'letterlock login',
      who: forAdmin ? 'an administrator' : 'you',
      recovery: forAdmin ? 'ask-admin' : 'sign-in-again',
    },
  ]
}

async function mailboxFinding(
  invocation: Invocation,
  account: Account,
  granted: readonly string[],
): Promise<Finding> {
  if (!granted.some((one) => /^Mail\.Read/i.test(one)))
    return notChecked('mailbox', 'the mailbox', 'Mail.Read')
  try {
    const connection = await connect(invocation, { account: account.username })
    try {
      await connection.graph.request('GET', '/me/mailFolders/inbox?$select=id')
      return fine('mailbox', `the mailbox of ${account.username} opens`)
    } finally {
      connection.close()
    }
  } catch (error) {
    return problemOf('mailbox', error)
  }
}

function throttleFinding({ home }: Invocation, account: Account): Finding {
  const held = readThrottleState(home.throttleFile).filter((one) => one.key.includes(account.clientId))
  const longest = Math.max(0, ...held.map((one) => one.waitMs))
  if (longest === 0) return fine('throttle', 'Microsoft holds nothing back')
  return {
    check: 'throttle',
    level: 'warning',
    what: `Microsoft asked to wait ${Math.ceil(longest / 1_000)} s more`,
    why: 'too many requests were sent for this mailbox',
    fix: 'Wait; requests go on by themselves.',
    how: 'the same command once more, when that time is over',
    who: 'you',
    recovery: 'retry',
  }
}
