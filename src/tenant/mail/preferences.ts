/** What the `Prefer` headers of a request ask for. Unknown preferences are passed over (RFC 7240 section 2). */
export interface Preferences {
  immutableIds: boolean
  bodyType: 'text' | 'html' | undefined
  unsafeHtml: boolean
  timeZone: string | undefined
  /** Value of `Preference-Applied`. */
  applied: string | undefined
}

export function readPreferences(headers: Headers): Preferences {
  const found: Preferences = {
    immutableIds: false,
    bodyType: undefined,
    unsafeHtml: false,
    timeZone: undefined,
    applied: undefined,
  }
  const applied: string[] = []
  for (const part of (headers.get('prefer') ?? '').match(/(?:[^,"]|"[^"]*")+/g) ?? []) {
    const [name, value] = /^\s*([^=\s]+)\s*(?:=\s*"?([^"]*)"?)?/.exec(part)?.slice(1) ?? []
    switch (name?.toLowerCase()) {
      case 'idtype':
        found.immutableIds = value?.toLowerCase() === 'immutableid'
        if (found.immutableIds) applied.push('IdType="ImmutableId"')
        break
      case 'outlook.body-content-type':
        if (value?.toLowerCase() === 'text' || value?.toLowerCase() === 'html') {
          found.bodyType = value.toLowerCase() as 'text' | 'html'
          applied.push(`outlook.body-content-type="${found.bodyType}"`)
        }
        break
      case 'outlook.allow-unsafe-html':
        found.unsafeHtml = true
        applied.push('outlook.allow-unsafe-html')
        break
      case 'outlook.timezone':
        found.timeZone = value?.trim()
        break
    }
  }
  if (applied.length > 0) found.applied = applied.join(', ')
  return found
}
