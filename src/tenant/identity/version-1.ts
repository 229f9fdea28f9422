// Version 1 of the token endpoint: `resource` in place of `scope`, numbers as texts. entra.md sections 1.2, 2.3 and 5.
import type { TokenRequest } from './token-endpoint.ts'

type Form = Readonly<Record<string, string>>

/** Everything that is configured for or consented at the resource, with an ID token and a refresh token: what version 1 always gives. */
export const scopeOfResource = (resource: string): string =>
  `${resource}/.default openid profile offline_access`

/** The form as version 2 spells it. */
export function asVersion2(form: Form): Form {
  const resource = form['resource']
  if (!resource) return form
  const scope =
    form['grant_type'] === 'client_credentials' ? `${resource}/.default` : scopeOfResource(resource)
  return { ...form, scope }
}

/** The answer as version 1 gives it. */
export function asVersion1(
  answer: Readonly<Record<string, unknown>>,
  request: TokenRequest,
  nowMs: number,
): object {
  const { expires_in, ext_expires_in, scope, ...rest } = answer
  const nowS = Math.floor(nowMs / 1_000)
  const resource = request.form['resource'] ?? 'https://graph.microsoft.com'
  return {
    ...(scope === undefined ? {} : { scope: String(scope).replaceAll(/https:\/\/\S+\//g, '') }),
    expires_in: String(expires_in),
    ext_expires_in: String(ext_expires_in),
    expires_on: String(nowS + Number(expires_in)),
    not_before: String(nowS - 300),
    resource,
    ...rest,
  }
}
