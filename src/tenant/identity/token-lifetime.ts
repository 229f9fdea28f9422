// How long an access token lives where a policy says so. Microsoft "Configurable token lifetimes": ten minutes to a day; the
// application's policy before the organisation's. A client that answers claims challenges keeps its long tokens.
import type { Application, Directory } from '../directory/objects.ts'
import type { Policy } from '../directory/policies.ts'

export function configuredLifeSeconds({ policies }: Directory, application: Application): number | undefined {
  const all = policies.list('tokenLifetime')
  if (all.length === 0) return undefined
  const own = all.find((one) => (one['appliesTo'] as readonly string[] | undefined)?.includes(application.id))
  const chosen = own ?? all.find((one) => one['isOrganizationDefault'] === true)
  return chosen && lifeSeconds(chosen)
}

/** `{"TokenLifetimePolicy":{"Version":1,"AccessTokenLifetime":"0.01:00:00"}}`: days are optional. */
function lifeSeconds(policy: Policy): number | undefined {
  const [text = '{}'] = (policy['definition'] ?? []) as readonly string[]
  const { TokenLifetimePolicy: found } = JSON.parse(text) as {
    TokenLifetimePolicy?: { AccessTokenLifetime?: string }
  }
  const parts = /^(?:(\d+)\.)?(\d{1,2}):(\d\d):(\d\d)$/.exec(found?.AccessTokenLifetime ?? '')
  if (!parts) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
}
