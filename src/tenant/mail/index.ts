import type { Hono } from 'hono'
import type { TenantContext } from '../context.ts'
import { mountBatch } from './batch.ts'
import { importMessages } from './import.ts'
import type { ImportReport } from './import.ts'
import { inspectFolder, listOutbound } from './inspect.ts'
import type { OutboundMessage } from './inspect.ts'
import { mountRoutes } from './routes.ts'
import { createMailStore } from './store.ts'

export { mailMigrations } from './migrations.ts'
export { mailRoutes } from './routes.ts'
export type { ImportReport, OutboundMessage }

/** What the control API may do with mail beyond Graph. */
export interface MailPart {
  importMessages(
    userId: string,
    folder: string,
    bytes: Uint8Array,
    kind: 'rfc822' | 'mbox',
  ): Promise<ImportReport>
  /** A light list of one folder for proofs; the user `outbound:` stands for mail that left the organisation. */
  inspect(userId: string, folder?: string): object[]
  outbound(): OutboundMessage[]
  close(): void
}

/** Mounts Graph mail and `$batch` on the app. The tables of `mailMigrations` must exist. */
export function mountMail(app: Hono, context: TenantContext): MailPart {
  const store = createMailStore(context)
  mountBatch(app)
  mountRoutes(app, context, store)
  return {
    importMessages: (userId, folder, bytes, kind) => importMessages(store, { userId, folder, bytes, kind }),
    inspect: (userId, folder) =>
      userId === 'outbound:' ? listOutbound(store) : inspectFolder(store, userId, folder ?? 'Inbox'),
    outbound: () => listOutbound(store),
    close: () => store.close(),
  }
}
