import type { ExitCode, Invocation } from '../invocation.ts'
import { startTenantProcess, usualTenantPort } from '../tenant-process.ts'

export async function run(
  invocation: Invocation<{ detach?: boolean; port?: number }>,
): Promise<ExitCode | void> {
  const { flags, output, home, signal } = invocation
  const tenant = await startTenantProcess({
    tenantDir: home.tenantDir,
    port: flags.port ?? usualTenantPort,
    detach: flags.detach === true,
  })
  const { address, ours } = tenant
  output.record({ ...address, alreadyUp: !ours })
  output.say(`the local tenant ${ours ? 'is' : 'was already'} up at ${address.origin}`)
  output.say(`  tenant ID  ${address.tenantId}`)
  output.say(`  people     letterlock tenant users`)
  if (!ours || flags.detach) return
  output.note('Ctrl-C stops it; its data stays')
  const interrupted = new Promise<'interrupted'>((done) =>
    signal.addEventListener('abort', () => done('interrupted'), { once: true }),
  )
  if ((await Promise.race([interrupted, tenant.ended])) === 'interrupted') {
    await tenant.stop()
    return
  }
  output.note('the local tenant has ended')
}
