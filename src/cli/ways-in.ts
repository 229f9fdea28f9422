import { CliError } from './cli-error.ts'
import { needTenant, type TenantAddress } from './tenant-control.ts'

/** A local tenant that is up with its proxy. */
export type ProxiedTenant = Required<TenantAddress>

/** @throws {CliError} `cli/tenant-down`, `cli/proxy-down` */
export function needProxy(tenantDir: string): ProxiedTenant {
  const address = needTenant(tenantDir)
  if (address.proxyUrl === undefined) throw noProxy(address)
  return address as ProxiedTenant
}

export function noProxy(address: TenantAddress): CliError {
  return new CliError('cli/proxy-down', `the local tenant is up at ${address.origin}, without its proxy`, {
    fix: 'letterlock tenant down, then letterlock tenant up --proxy --detach',
  })
}
