// Run once after an install: loads what the first `npm start` will load, so that Node keeps it compiled. Changes nothing else.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandGroup, commandTable } from './command-table.ts'
import { openControl } from './tenant-control.ts'
import { startTenantProcess } from './tenant-process.ts'
import { importMail } from './tour/import-mail.ts'

async function loadAll(group: CommandGroup): Promise<void> {
  for (const one of Object.values(group.commands)) await ('commands' in one ? loadAll(one) : one.load())
}

const folder = mkdtempSync(join(tmpdir(), 'letterlock-warm-up-'))
try {
  const tenant = await startTenantProcess({ tenantDir: join(folder, 'tenant'), port: 0 })
  await Promise.all([
    loadAll(commandTable),
    import('./application.ts'),
    import('./report-error.ts'),
    import('./tour/tour.ts'),
    import('./tour/walk-forms.ts').then(() => import('node-html-parser')),
    import('../signin/index.ts'),
    import('../signin/redeem.ts'),
    import('../signin/node/loopback.ts'),
    import('../registration/index.ts'),
    import('../flow/index.ts').then(({ loadFlow }) =>
      loadFlow(fileURLToPath(new URL('../../examples/invoices.flow.ts', import.meta.url))),
    ),
    import('../mail/index.ts'),
    importMail(openControl(join(folder, 'tenant')), {
      user: 'invoice.bot@contoso.example',
      from: fileURLToPath(new URL('../../examples/mail/', import.meta.url)),
    }),
  ])
  await tenant.stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
