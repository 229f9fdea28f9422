// What addPassword takes. Graph passwordCredential.
import { invalidValue } from './objects.ts'

/** @throws {GraphFailure} 400 `Request_BadRequest` naming the property */
export function readWantedSecret(value: unknown): {
  displayName?: string
  startDateTime?: string
  endDateTime?: string
} {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object') throw invalidValue('passwordCredential', 'Application')
  const { displayName, startDateTime, endDateTime } = value as Record<string, unknown>
  if (displayName !== undefined && displayName !== null && typeof displayName !== 'string')
    throw invalidValue('displayName', 'Application')
  for (const [name, date] of Object.entries({ startDateTime, endDateTime }))
    if (date !== undefined && date !== null && Number.isNaN(Date.parse(String(date))))
      throw invalidValue(name, 'Application')
  if (startDateTime && endDateTime && Date.parse(String(endDateTime)) <= Date.parse(String(startDateTime)))
    throw invalidValue('endDateTime', 'Application')
  return {
    ...(displayName ? { displayName } : {}),
    ...(startDateTime ? { startDateTime: String(startDateTime) } : {}),
    ...(endDateTime ? { endDateTime: String(endDateTime) } : {}),
  }
}
