// Who may use the control API: whoever reads the file control.token, or a person of the lab in the portal. design section 3.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { GraphFailure } from '../context.ts'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import type { Operation } from './operation.ts'
import { base } from './serve-operation.ts'

/** The directory role whose holders may use the control API with the token that they have for Graph. It is no role of Microsoft's. */
export const labRole = 'Lab Operator'

/** @throws {ControlFailure} `control/foreign-origin`, `control/not-allowed`, `control/no-lab-role`, `control/owner-only`, `control/json-only` */
export async function checkCaller(
  c: Context,
  parts: ControlParts,
  operations: readonly Operation[],
): Promise<void> {
  const origin = c.req.header('origin')
  if ((origin && origin !== new URL(c.req.url).origin) || c.req.header('sec-fetch-site') === 'cross-site')
    throw new ControlFailure(
      'control/foreign-origin',
      'A web page of another origin may not use the control API.',
    )
  const given = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
  if (!timingSafeEqual(sha256(given), sha256(parts.token))) {
    await checkLabToken(c, parts, given)
    if (operations.some((one) => one.ownerOnly && matches(one, c)))
      throw new ControlFailure('control/owner-only', 'Only the token of the file control.token may do this.')
  }
  checkMedia(c, operations)
}

async function checkLabToken(c: Context, parts: ControlParts, given: string): Promise<void> {
  const refused = new ControlFailure(
    'control/not-allowed',
    'Send the token of the file control.token as a bearer token.',
  )
  if (given.split('.').length !== 3) throw refused
  const caller = await parts.context
    .authorize(c.req.raw, { delegated: [], area: 'directory' })
    .catch((error: unknown) => {
      throw error instanceof GraphFailure ? refused : error
    })
  const person = caller.userId && parts.views.at(caller.tenantId).users.find(caller.userId)
  if (!person || !person.roles.includes(labRole))
    throw new ControlFailure('control/no-lab-role', `Only a person with the role "${labRole}" may do this.`)
}

/** A page of another origin can send a form without asking; JSON it cannot. */
function checkMedia(c: Context, operations: readonly Operation[]): void {
  const type = c.req.header('content-type') ?? ''
  if (['GET', 'HEAD', 'DELETE'].includes(c.req.method) || type === '') return
  const media = operations.find((one) => one.media && matches(one, c))?.media ?? ['application/json']
  if (!media.some((one) => type.startsWith(one)))
    throw new ControlFailure('control/json-only', `Send ${media.join(' or ')}.`)
}

/** None of those that are asked here has a part of its path left open. */
function matches(one: Operation, c: Context): boolean {
  const [method, path] = one.call.split(' ') as [string, string]
  return c.req.method === method && c.req.path === base + path
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
