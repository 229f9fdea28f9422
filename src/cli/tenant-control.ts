import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from './cli-error.ts'

/** What a tenant that is up writes into its data folder. */
export interface TenantAddress {
  readonly origin: string
  readonly port: number
  readonly pid: number
  readonly tenantId: string
  /** These three are there when it was started with --proxy. */
  readonly proxyUrl?: string
  readonly httpsOrigin?: string
  readonly caFile?: string
}

export interface TenantUser {
  readonly id: string
  readonly userPrincipalName: string
  readonly password: string
  readonly displayName: string
  readonly roles: readonly string[]
  readonly mailboxKind: 'user' | 'shared' | 'none'
}

/** The control API of the local tenant: for its owner and the tour, never for a client. */
export interface Control {
  readonly address: TenantAddress
  call<T>(method: string, path: string, body?: object): Promise<T>
  upload<T>(path: string, bytes: Uint8Array, contentType: string): Promise<T>
}

/** The address of a tenant that is up, or undefined. Reads a file and asks for the process; no network. */
export function findTenant(tenantDir: string): TenantAddress | undefined {
  try {
    const address = JSON.parse(readFileSync(join(tenantDir, 'tenant.json'), 'utf8')) as TenantAddress
    process.kill(address.pid, 0)
    return address
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined
    return JSON.parse(readFileSync(join(tenantDir, 'tenant.json'), 'utf8')) as TenantAddress
  }
}

/** @throws {CliError} `cli/tenant-down` */
export function needTenant(tenantDir: string): TenantAddress {
  const address = findTenant(tenantDir)
  if (address) return address
  throw tenantDown()
}

/** @throws {CliError} `cli/tenant-down`; `call`: `cli/tenant-down`, `cli/control-refused` */
export function openControl(tenantDir: string): Control {
  const address = needTenant(tenantDir)
  const token = readFileSync(join(tenantDir, 'control.token'), 'utf8').trim()
  const send = async <T>(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    type?: string,
  ): Promise<T> => {
    let reply: Response
    try {
      reply = await fetch(`${address.origin}/_letterlock/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(type && { 'content-type': type }) },
        ...(body !== undefined && { body }),
      })
    } catch (cause) {
      throw tenantDown(cause)
    }
    const text = await reply.text()
    if (!reply.ok) throw refused(method, path, reply.status, text)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  return {
    address,
    call: (method, path, body) =>
      send(method, path, body && JSON.stringify(body), body && 'application/json'),
    upload: (path, bytes, contentType) => send('POST', path, bytes as Uint8Array<ArrayBuffer>, contentType),
  }
}

function tenantDown(cause?: unknown): CliError {
  return new CliError('cli/tenant-down', 'the local tenant is not up', {
    cause,
    fix: 'letterlock tenant up --detach',
  })
}

function refused(method: string, path: string, status: number, text: string): CliError {
  let why = text.slice(0, 200)
  try {
    const { error } = JSON.parse(text) as { error?: string | { message?: string } }
    why = typeof error === 'string' ? error : (error?.message ?? why)
  } catch {
    // not JSON: the text itself must do
  }
  return new CliError(
    'cli/control-refused',
    `the local tenant refused ${method} ${path.split('?')[0]} with ${status}: ${why}`,
    { fix: 'correct the value; "letterlock tenant status" says what the tenant is doing' },
  )
}
