const pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A tenant's ID: a GUID, in any case of letters. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value)
}
