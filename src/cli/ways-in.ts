// What an unmodified program needs to reach the local tenant under Microsoft's names: proxy, CA bundle, browser. design §3.
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { microsoftHosts } from '../facts/microsoft-hosts.ts'
import { CliError } from './cli-error.ts'
import type { Home } from './home.ts'
import { findTenant, type TenantAddress } from './tenant-control.ts'

/** A local tenant that is up with its proxy. */
export type ProxiedTenant = TenantAddress &
  Required<Pick<TenantAddress, 'proxyUrl' | 'httpsOrigin' | 'caFile'>>
export type Environment = Readonly<Record<string, string | undefined>>

/** @throws {CliError} `cli/tenant-down`, `cli/proxy-down` */
export function needProxy(tenantDir: string): ProxiedTenant {
  const address = findTenant(tenantDir)
  if (!address)
    throw new CliError('cli/tenant-down', 'the local tenant is not up', {
      fix: 'letterlock tenant up --proxy --detach',
    })
  if (address.proxyUrl === undefined) throw noProxy(address)
  return address as ProxiedTenant
}

export function noProxy(address: TenantAddress): CliError {
  return new CliError('cli/proxy-down', `the local tenant is up at ${address.origin}, without its proxy`, {
    fix: 'letterlock tenant down, then letterlock tenant up --proxy --detach',
  })
}

/**
 * The variables that lead a program to the local tenant. Writes the CA bundle and the browser's starter beside the CA.
 *
 * @param present The environment as it is: CAs and exceptions that it names are kept.
 */
export function waysInEnvironment(
  home: Home,
  tenant: ProxiedTenant,
  present: Environment,
): Record<string, string> {
  const folder = join(home.tenantDir, 'tls')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const bundle = join(folder, 'bundle.pem')
  write(bundle, bundleOf(tenant.caFile, present), 0o600)
  const direct = directHosts(present)
  return {
    HTTPS_PROXY: tenant.proxyUrl,
    https_proxy: tenant.proxyUrl,
    HTTP_PROXY: tenant.proxyUrl,
    http_proxy: tenant.proxyUrl,
    NO_PROXY: direct,
    no_proxy: direct,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    CURL_CA_BUNDLE: bundle,
    SSL_CERT_FILE: bundle,
    BROWSER: writeStarter(folder, home),
  }
}

const ourCa = 'CN=Letterlock local tenant (a stand-in)'

/** The system's roots, those that the environment names, and ours; each once, and none of an earlier CA of ours. */
function bundleOf(caFile: string, present: Environment): string {
  const system = getCACertificates('system')
  const roots = system.some((one) => !isOurs(one)) ? system : getCACertificates('bundled')
  const named = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].flatMap(
    (name) => certificatesIn(present[name]),
  )
  const kept = [...roots, ...named].filter((one) => !isOurs(one)).map((one) => one.trim())
  return `${[...new Set(kept), readFileSync(caFile, 'utf8').trim()].join('\n')}\n`
}

function isOurs(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject.includes(ourCa)
  } catch {
    return false
  }
}

function certificatesIn(file: string | undefined): string[] {
  if (!file) return []
  try {
    return (
      readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    )
  } catch {
    return []
  }
}

/** This machine, and what the environment already excepts, but for names that would lead past the local tenant. */
function directHosts(present: Environment): string {
  const given = (present['NO_PROXY'] ?? present['no_proxy'] ?? '').split(/[\s,]+/).filter(Boolean)
  const kept = given.filter((one) => {
    const name = one
      .toLowerCase()
      .replace(/^\*?\.?/, '')
      .replace(/:\d+$/, '')
    return name !== '' && !microsoftHosts.some(({ host }) => host === name || host.endsWith(`.${name}`))
  })
  return [...new Set(['localhost', '127.0.0.1', '::1', ...kept])].join(',')
}

const main = fileURLToPath(new URL('main.ts', import.meta.url))

/** A program that opens its argument with `tenant browser`: what BROWSER names may hold no arguments. */
function writeStarter(folder: string, home: Home): string {
  if (process.platform === 'win32') {
    const file = join(folder, 'browser.cmd')
    write(
      file,
      `@set "LETTERLOCK_HOME=${home.dir}"\r\n@"${process.execPath}" "${main}" tenant browser %1\r\n`,
      0o700,
    )
    return file
  }
  const file = join(folder, 'browser')
  const words = [process.execPath, main].map(quoteForSh).join(' ')
  write(
    file,
    `#!/bin/sh\nLETTERLOCK_HOME=${quoteForSh(home.dir)} exec ${words} tenant browser -- "$@"\n`,
    0o700,
  )
  return file
}

/** One word for sh, bash and zsh. */
export const quoteForSh = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

function write(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.${process.pid}`, text, { mode })
  renameSync(`${file}.${process.pid}`, file)
}
