// What a directory call needs and is handed. Each file of routes is a table of these; routes.ts mounts them.
import type { Context } from 'hono'
import { type Caller, GraphFailure, type TenantContext } from '../context.ts'
import type { AuditTarget, DirectoryRecord } from './audit.ts'
import type { Directory } from './objects.ts'
import type { Users } from './users.ts'

export interface DirectoryParts {
  readonly context: TenantContext
  readonly directory: Directory
  readonly users: Users
}

/** Who may make a call. A permission in either list is enough; `roles` is asked of people only. */
export interface DirectoryNeed {
  /** Default: what Microsoft publishes for the call, of both kinds (facts/call-permissions.ts). */
  readonly delegated?: readonly string[]
  /** Default, beside `delegated`: the same. `[]`: an application may not. */
  readonly application?: readonly string[]
  /** One of these is needed beside the other. */
  readonly also?: readonly string[]
  /** Directory roles of which a signed-in person needs one; a Global Administrator always may. */
  readonly roles?: readonly string[]
  /** True where a setting of the tenant lets people without a role. */
  readonly rolesWaived?: (parts: DirectoryParts) => boolean
}

export interface Call {
  readonly c: Context
  readonly caller: Caller
  /** A part of the path, decoded; throws 404 when it is empty. */
  param(name: string): string
  /** The JSON object of the body. @throws {GraphFailure} 400 `BadRequest`, `Request_BadRequest` */
  json(): Promise<Record<string, unknown>>
  /** Of the permissions that open this call, those the caller holds. */
  readonly permissions: readonly string[]
  /** True when the caller is a person with one of these directory roles, or Global Administrator. */
  holdsRole(roles: readonly string[]): boolean
  /** Works and writes the audit row in one transaction. */
  change<T>(record: ChangeRecord, work: () => T): T
}

export interface ChangeRecord extends Omit<DirectoryRecord, 'by' | 'targets' | 'correlationId'> {
  /** Asked after the work, so that a new object's id is known. */
  readonly targets: () => readonly AuditTarget[]
}

export interface Route {
  /** `GET /applications/:id` */
  readonly call: string
  readonly need: DirectoryNeed
  /** Where Microsoft says so: a section of the facts, or the name of the page. */
  readonly fact: string
  serve(call: Call): Promise<Response> | Response
}

export const globalAdministrator = 'Global Administrator'
export const applicationAdministrators = [
  'Application Administrator',
  'Cloud Application Administrator',
] as const

/** True when nothing but User.Read or User.ReadWrite opened the call: those are for a person's own things. */
export const readsOnlySelf = ({ permissions }: Pick<Call, 'permissions'>): boolean =>
  permissions.every((one) => one === 'User.Read' || one === 'User.ReadWrite')

export const denied = (): GraphFailure =>
  new GraphFailure(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')

export const badRequest = (message: string): GraphFailure =>
  new GraphFailure(400, 'Request_BadRequest', message)

export const notModelled = (what: string): GraphFailure =>
  new GraphFailure(501, 'NotImplemented', `The local tenant does not model ${what}.`)

export const missingValue = (property: string, resource: string): GraphFailure =>
  badRequest(`A value is required for property '${property}' of resource '${resource}'.`)

/** Graph refuses a key that is no GUID where a name is no key either. */
export function isGuid(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
}
