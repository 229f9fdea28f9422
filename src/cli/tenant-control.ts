import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from './cli-error.ts'

/** What a tenant that is up writes into its data folder. */
export interface TenantAddress {
  readonly origin: string
  readonly port: number
  readonly pid: number
  readonly tenantId: string
  /** Absent where an older version wrote the file. */
  readonly cloud?: 'global' | 'gcc-high'
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
  readonly accountEnabled: boolean
  readonly userType: 'Member' | 'Guest'
  readonly passwordState: 'good' | 'expired' | 'must-change'
  readonly mfaRequired: boolean
  readonly locked: boolean
}

/** The control API of the local tenant: for its owner and the tour, never for a client. */
export interface Control {
  readonly address: TenantAddress
  call<T>(method: string, path: string, body?: object): Promise<T>
  upload<T>(path: string, bytes: Uint8Array, contentType: string): Promise<T>
  /** The bytes of an answer, as they come. */
  download(path: string): Promise<Response>
  /** Sends a file in place of what is there. */
  replace<T>(path: string, file: Blob): Promise<T>
  /** One object a line, as they come, until the tenant ends or the signal says so. */
  follow<T>(path: string, signal: AbortSignal): AsyncGenerator<T>
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
  const ask = async (method: string, path: string, o: RequestInit & { type?: string } = {}) => {
    const { type, ...rest } = o
    const headers = { authorization: `Bearer ${token}`, ...(type && { 'content-type': type }) }
    const reply = await fetch(`${address.origin}/_letterlock/${path}`, { method, headers, ...rest }).catch(
      (cause: unknown) => {
        throw tenantDown(cause)
      },
    )
    if (!reply.ok) throw refused(method, path, reply.status, await reply.text())
    return reply
  }
  const send = async <T>(method: string, path: string, o?: RequestInit & { type?: string }): Promise<T> => {
    const text = await (await ask(method, path, o)).text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  return {
    address,
    call: (method, path, body) =>
      send(method, path, body && { body: JSON.stringify(body), type: 'application/json' }),
    upload: (path, bytes, type) => send('POST', path, { body: bytes as Uint8Array<ArrayBuffer>, type }),
    download: (path) => ask('GET', path),
    replace: (path, file) => send('PUT', path, { body: file, type: file.type }),
    async *follow<T>(path: string, signal: AbortSignal) {
      const reply = await ask('GET', path, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (reply) yield* readLines<T>(reply.body!.pipeThrough(new TextDecoderStream()))
    },
  }
}

/** The end of the connection, however it came, is the end of the lines. */
async function* readLines<T>(text: AsyncIterable<string>): AsyncGenerator<T> {
  let rest = ''
  try {
    for await (const piece of text) {
      const lines = (rest + piece).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (line !== '') yield JSON.parse(line) as T
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error
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
