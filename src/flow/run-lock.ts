import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createPrivateDirectory, createPrivateFile } from '../signin/vault/private-file.ts'
import { stepKey } from './args-hash.ts'
import { FlowError } from './flow-error.ts'
import type { FlowKey } from './store/contract.ts'

/**
 * Takes the lock of one flow on one mailbox: `BEGIN EXCLUSIVE` on a database that holds nothing. The kernel frees it when
 * its holder dies, however it dies.
 *
 * @throws {FlowError} `flow/already-running`, `flow/ledger-unusable`
 */
export function takeRunLock(ledgerFile: string, key: FlowKey): { release(): void } {
  const name = stepKey([key.flow, key.tid, key.oid]).slice(0, 16)
  const file = join(dirname(ledgerFile), `run-${name}.lock.db`)
  let database: DatabaseSync | undefined
  try {
    createPrivateDirectory(dirname(file))
    createPrivateFile(file)
    database = new DatabaseSync(file, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    database?.close()
    if ((cause as { errcode?: number }).errcode === 5) {
      throw new FlowError('flow/already-running', `flow ${key.flow} is already at work on this mailbox`, {
        fix: 'Wait for the other run to end, or end it.',
      })
    }
    throw new FlowError('flow/ledger-unusable', `the run's lock cannot be taken: ${String(cause)}`, {
      cause,
      fix: `Check that ${dirname(ledgerFile)} can be written.`,
    })
  }
  const held = database
  return { release: () => held.close() }
}
