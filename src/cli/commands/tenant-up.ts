import type { ExitCode, Invocation } from '../invocation.ts'
import { startTenantProcess, usualTenantPort } from '../tenant-process.ts'
import { noProxy } from '../ways-in.ts'

export async function run(
  invocation: Invocation<{ detach?: boolean; port?: number; proxy?: boolean; passThrough?: boolean }>,
): Promise<ExitCode | void> {
  const { flags, output, home, signal } = invocation
  const tenant = await startTenantProcess({
    tenantDir: home.tenantDir,
    port: flags.port ?? usualTenantPort,
    detach: flags.detach === true,
    proxy: flags.proxy === true || flags.passThrough === true,
    passThrough: flags.passThrough === true,
  })
  const { address, ours } = tenant
  if (flags.proxy && address.proxyUrl === undefined) throw noProxy(address)
  output.record({ ...address, alreadyUp: !ours })
  output.say(`the local tenant ${ours ? 'is' : 'was already'} up at ${address.origin}`)
  output.say(`  tenant ID  ${address.tenantId}`)
  output.say(`  people     letterlock tenant users`)
  if (address.proxyUrl) {
    output.say(`  https      ${address.httpsOrigin}`)
    output.say(`  proxy      ${address.proxyUrl}, for Microsoft's host names`)
    output.say(`  programs   letterlock tenant exec -- CMD, or eval "$(letterlock tenant env)"`)
  }
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
