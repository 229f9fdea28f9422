import type { SignedIn } from '../account.ts'
import { SignInError } from '../signin-error.ts'
import { carryLearned } from './carry-learned.ts'
import type { StoredSignIn, Vault } from './contract.ts'

/** A vault for one process that leaves nothing behind: an administrator's tokens during `setup`. */
export function openMemoryVault(): Vault {
  const kept = new Map<string, StoredSignIn>()
  const locks = new Map<string, Promise<void>>()
  let version = 0
  return {
    key: 'memory',
    save({ account, tokens, credential }: SignedIn) {
      const known = carryLearned(account, kept.get(account.id)?.account)
      kept.set(account.id, { account: known, tokens, ...(credential && { credential }), version: ++version })
    },
    list: () => [...kept.values()].map((stored) => stored.account),
    find: (nameOrId) =>
      kept.get(nameOrId)?.account ??
      [...kept.values()].find(({ account }) => account.username.toLowerCase() === nameOrId.toLowerCase())
        ?.account,
    remove(id) {
      kept.delete(id)
      version++
    },
    close: () => kept.clear(),
    read: (id) => kept.get(id),
    changeMark: () => String(version),
    noteRefresh(id, note) {
      const stored = kept.get(id)
      if (stored?.version !== note.ifVersion) return
      const { refreshStartedAtMs: _, ...rest } = stored
      kept.set(id, note.startedAtMs === undefined ? rest : { ...rest, refreshStartedAtMs: note.startedAtMs })
    },
    replaceTokens(id, change) {
      const stored = kept.get(id)
      if (stored?.version !== change.ifVersion) return undefined
      const { refreshStartedAtMs: _, ...rest } = stored
      const next = { ...rest, account: change.account, tokens: change.tokens, version: ++version }
      kept.set(id, next)
      return next
    },
    async lockRefresh(id, options) {
      const deadlineMs = performance.now() + (options?.waitMs ?? 120_000)
      for (let held = locks.get(id); held; held = locks.get(id)) {
        const leftMs = deadlineMs - performance.now()
        if (options?.isDone?.()) return undefined
        if (leftMs <= 0) throw new SignInError('signin/refresh-busy', 'this account is being refreshed')
        const { promise: late, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, leftMs)
        await Promise.race([held, late])
        clearTimeout(timer)
      }
      if (options?.isDone?.()) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      locks.set(id, promise)
      return {
        release() {
          if (locks.get(id) === promise) locks.delete(id)
          resolve()
        },
      }
    },
  }
}
