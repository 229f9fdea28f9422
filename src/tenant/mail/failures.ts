import { GraphFailure } from '../context.ts'

/** Makes a failure that the server writes in Graph's error shape. The codes are Exchange's (graph-mail.md section 10). */
export function fail(
  status: number,
  code: string,
  message: string,
  extra?: { innerCode?: string; headers?: Record<string, string> },
): GraphFailure {
  return new GraphFailure(status, code, message, extra)
}

export const badRequest = (message: string): GraphFailure => fail(400, 'BadRequest', message)
export const itemNotFound = (): GraphFailure =>
  fail(404, 'ErrorItemNotFound', 'The specified object was not found in the store.')
export const idMalformed = (): GraphFailure => fail(400, 'ErrorInvalidIdMalformed', 'Id is malformed.')
export const accessDenied = (): GraphFailure =>
  fail(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.')
export const notModelled = (what: string): GraphFailure =>
  fail(501, 'NotImplemented', `The local tenant does not model ${what}.`)
export const noSegment = (segment: string): GraphFailure =>
  badRequest(`Resource not found for the segment '${segment}'.`)
