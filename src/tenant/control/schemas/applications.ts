import * as v from 'valibot'
import { about, count, text } from './words.ts'

const uris = v.optional(v.array(v.pipe(v.string(), v.maxLength(256))))
const names = v.optional(v.array(text))

export const NewApp = v.strictObject({
  displayName: v.pipe(v.string(), v.minLength(1), v.maxLength(120)),
  clientId: v.optional(about(v.pipe(v.string(), v.uuid()), 'A new one if not given.')),
  signInAudience: v.optional(
    v.picklist(['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount']),
  ),
  publicClient: v.optional(about(v.boolean(), '"Allow public client flows": device code and password.')),
  redirectUris: v.optional(
    about(v.strictObject({ publicClient: uris, web: uris, spa: uris }), 'By platform.'),
  ),
  permissions: v.optional(
    about(v.strictObject({ delegated: names, application: names }), 'Of Microsoft Graph, by name.'),
  ),
  scopes: v.optional(about(v.array(text), 'Delegated permissions of its own API: api://CLIENT-ID/NAME.')),
  consent: v.optional(
    about(
      v.union([v.picklist(['all', 'none']), v.array(text)]),
      'all: an administrator agreed for everybody; or the users who agreed for themselves. Default none.',
    ),
  ),
  assignmentRequired: v.optional(v.boolean()),
  assignTo: v.optional(about(v.array(text), 'Users by id or name.')),
  secrets: v.optional(
    v.array(
      v.strictObject({
        displayName: v.optional(text),
        endDateTime: v.optional(v.pipe(v.string(), v.isoTimestamp())),
      }),
    ),
  ),
  certificates: v.optional(about(v.array(v.pipe(v.string(), v.maxLength(20_000))), 'Each as PEM.')),
})

export const SeededApp = v.strictObject({
  displayName: text,
  clientId: text,
  objectId: text,
  servicePrincipalId: text,
  secrets: v.array(v.strictObject({ keyId: text, secretText: text, endDateTime: text })),
  certificates: v.array(v.strictObject({ keyId: text, thumbprint: text })),
})

export const App = v.strictObject({
  displayName: text,
  clientId: text,
  objectId: text,
  servicePrincipalId: v.nullable(v.string()),
  signInAudience: text,
  redirectUris: v.array(v.string()),
  permissions: about(v.array(v.string()), 'Of Microsoft Graph, as registered.'),
  assignmentRequired: v.boolean(),
  enabled: v.boolean(),
  secrets: count,
  certificates: count,
})

export const AppChange = v.strictObject({
  assignmentRequired: v.optional(about(v.boolean(), 'Whether only those assigned may sign in.')),
  assignTo: v.optional(about(v.array(text), 'Users assigned to it besides those who are.')),
  enabled: v.optional(about(v.boolean(), 'Whether anybody may sign in.')),
})
