import type { Account } from '../account.ts'

/** A new sign-in keeps what earlier ones have taught about the tenant's limits. */
export function carryLearned(account: Account, before: Account | undefined): Account {
  const learned = account.learned ?? before?.learned
  return learned ? { ...account, learned } : account
}
