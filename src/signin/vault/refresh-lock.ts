import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { SignInError } from '../signin-error.ts'
import type { LockOptions, RefreshLock } from './contract.ts'
import { createPrivateFile } from './private-file.ts'
import { isBusy } from './sqlite-failure.ts'

/**
 * Takes the machine-wide lock of one account: `BEGIN EXCLUSIVE` on a database that holds nothing. The kernel frees it
 * when its holder dies, however it dies. Waits in real time: another process is never in our simulated one.
 *
 * @throws {SignInError} `signin/refresh-busy`
 */
export async function takeRefreshLock(
  directory: string,
  accountId: string,
  options: LockOptions = {},
): Promise<RefreshLock | undefined> {
  const { waitMs = 120_000, isDone = () => false } = options
  const name = /^[a-z0-9.-]{1,150}$/.test(accountId)
    ? accountId
    : createHash('sha256').update(accountId).digest('hex')
  const file = join(directory, `refresh-${name}.lock.db`)
  createPrivateFile(file)
  const database = new DatabaseSync(file, { timeout: 0 })
  const deadlineMs = performance.now() + waitMs
  try {
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 40)) {
      if (isDone()) {
        database.close()
        return undefined
      }
      try {
        database.exec('BEGIN EXCLUSIVE')
        return { release: () => database.close() }
      } catch (error) {
        if (!isBusy(error)) throw error
      }
      if (performance.now() >= deadlineMs) {
        throw new SignInError(
          'signin/refresh-busy',
          'another process has been refreshing this account for too long',
          {
            fix: 'End the other letterlock process, then try again.',
          },
        )
      }
      await sleep(pauseMs * (0.5 + Math.random()))
    }
  } catch (error) {
    database.close()
    throw error
  }
}
