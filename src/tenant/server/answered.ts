// Tells whoever listens in this process what was asked and answered: the tests' record of it makes docs/fidelity.md.
import { channel } from 'node:diagnostics_channel'
import { routePath } from './graph-path.ts'

export interface Answered {
  readonly method: string
  /** As routes are matched: `applications(appId='x')` is `applications/appId:x`. */
  readonly path: string
  readonly status: number
  /** A copy, so that the body may be read. */
  readonly response: Response
}

const answered = channel('letterlock.tenant.answered')

/** Costs one look where nobody listens. */
export function tellAnswered(request: Request, response: Response): void {
  if (!answered.hasSubscribers) return
  const { status } = response
  const message: Answered = {
    method: request.method,
    path: routePath(request.url),
    status,
    response: response.clone(),
  }
  answered.publish(message)
}
