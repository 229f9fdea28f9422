import { type EntraCloudName, entraClouds } from '../../facts/entra-clouds.ts'
import { CliError } from '../cli-error.ts'
import type { ExitCode, Invocation } from '../invocation.ts'
import { startTenantProcess, usualTenantPort } from '../tenant-process.ts'
import { noProxy } from '../ways-in.ts'

export async function run(
  invocation: Invocation<{ detach?: boolean; port?: number; proxy?: boolean; passThrough?: boolean }>,
): Promise<ExitCode | void> {
  const { flags, output, home, signal } = invocation
  const cloud = readCloud(flags.cloud)
  const tenant = await startTenantProcess({
    tenantDir: home.tenantDir,
    port: flags.port ?? usualTenantPort,
    detach: flags.detach === true,
    proxy: flags.proxy === true || flags.passThrough === true,
    passThrough: flags.passThrough === true,
    ...(cloud && { cloud }),
  })
  const { address, ours } = tenant
  if (flags.proxy && address.proxyUrl === undefined) throw noProxy(address)
  output.record({ ...address, alreadyUp: !ours })
  output.say(`the local tenant ${ours ? 'is' : 'was already'} up at ${address.origin}`)
  output.say(`  tenant ID  ${address.tenantId}`)
  if (address.cloud === 'gcc-high') output.say(`  cloud      GCC High: login.microsoftonline.us`)
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

/** @throws {CliError} `cli/cloud-unknown` */
function readCloud(name: string | undefined): EntraCloudName | undefined {
  if (name === undefined || Object.hasOwn(entraClouds, name)) return name as EntraCloudName | undefined
  throw new CliError('cli/cloud-unknown', `a local tenant cannot belong to the cloud "${name}"`, {
    fix: `--cloud ${Object.keys(entraClouds).join(', or --cloud ')}`,
  })
}
