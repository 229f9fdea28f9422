import * as v from 'valibot'
import { registrationLimits } from '../facts/limits.ts'
import { findPermission, type Permission } from '../facts/permissions.ts'
import { type Platform, refuseRedirectUri } from './redirect-uri.ts'
import { RegistrationError } from './registration-error.ts'

export type Audience = 'AzureADMyOrg' | 'AzureADMultipleOrgs' | 'AzureADandPersonalMicrosoftAccount'

export type RedirectUris = Readonly<Partial<Record<Platform, readonly string[]>>>

/** What letterlock.app.yaml says: the registration as it should be. */
export interface AppSpec {
  readonly name: string
  /** The client ID, once it is known: then the registration is found by it and may be renamed. */
  readonly appId?: string | undefined
  readonly audience: Audience
  readonly client: 'public' | 'confidential'
  /** A plain list stands for "Mobile and desktop" of a public client, "Web" of a confidential one. */
  readonly redirectUris: readonly string[] | RedirectUris
  /** Delegated permissions of Microsoft Graph, by name. */
  readonly permissions: readonly string[]
  /** Application permissions of Microsoft Graph, by name: access with no user at all. */
  readonly applicationPermissions?: readonly string[] | undefined
  readonly assignmentRequired: boolean
  /** User names (full addresses) that may use it. */
  readonly assigned: readonly string[]
  /** Flow files that it is for: `app check` compares the permissions with what they need. */
  readonly flows?: readonly string[] | undefined
}

const text = v.pipe(v.string('must be a text'), v.trim(), v.minLength(1, 'must not be empty'))
const uriList = v.pipe(
  v.array(text, 'must be a list'),
  v.maxLength(registrationLimits.redirectUrisMax, 'may hold 256 redirect URIs at most'),
)
const guid = v.pipe(text, v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a GUID'))
const yesOrNo = v.boolean('must be true or false')

const schema = v.strictObject(
  {
    name: v.pipe(text, v.maxLength(registrationLimits.nameMaxLength, 'may be 120 characters long at most')),
    appId: v.optional(guid),
    audience: v.optional(
      v.picklist(
        ['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount'],
        'must be AzureADMyOrg, AzureADMultipleOrgs or AzureADandPersonalMicrosoftAccount',
      ),
      'AzureADMyOrg',
    ),
    client: v.optional(v.picklist(['public', 'confidential'], 'must be public or confidential'), 'public'),
    redirectUris: v.optional(
      v.union(
        [
          uriList,
          v.strictObject({
            publicClient: v.optional(uriList),
            web: v.optional(uriList),
            spa: v.optional(uriList),
          }),
        ],
        'must be a list, or an object of the lists publicClient, web and spa',
      ),
      [],
    ),
    permissions: v.pipe(
      v.array(text, 'must be a list'),
      v.maxLength(registrationLimits.permissionsMax, 'may hold 400 permissions at most'),
    ),
    applicationPermissions: v.optional(v.array(text, 'must be a list')),
    assignmentRequired: v.optional(yesOrNo, false),
    assigned: v.optional(
      v.array(v.pipe(text, v.includes('@', 'must be a full address')), 'must be a list'),
      [],
    ),
    flows: v.optional(v.array(text, 'must be a list')),
  },
  (issue) => (issue.expected === 'never' ? 'is not known here' : 'is missing'),
)

/**
 * Reads an app file's content. Does no I/O.
 *
 * @throws {RegistrationError} `registration/app-file-invalid`, `registration/permission-unknown`
 * @example
 * parseAppSpec({ name: 'Invoice bot', permissions: ['User.Read'] }).client // 'public'
 */
export function parseAppSpec(json: unknown): AppSpec {
  const read = v.safeParse(schema, json)
  if (!read.success)
    throw invalid(read.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'} ${issue.message}`))
  const spec: AppSpec = read.output
  specPermissions(spec)
  const refused = platformUris(spec).flatMap(([platform, uris]) =>
    uris.flatMap((uri) => {
      const why = refuseRedirectUri(uri, platform)
      return why === undefined ? [] : [`the redirect URI ${uri} cannot be registered: ${why}`]
    }),
  )
  if (refused.length > 0) throw invalid(refused)
  return spec
}

/** The spec's redirect URIs on their three platforms, each list possibly empty, none twice. */
export function redirectUrisOf(spec: AppSpec): Record<Platform, readonly string[]> {
  const given = spec.redirectUris
  const lists: RedirectUris = isList(given)
    ? { [spec.client === 'public' ? 'publicClient' : 'web']: given }
    : given
  const once = (uris: readonly string[] = []): readonly string[] => [...new Set(uris)]
  return { publicClient: once(lists.publicClient), web: once(lists.web), spa: once(lists.spa) }
}

/** The spec's permissions as Microsoft knows them: delegated first, none twice. */
export function specPermissions(spec: AppSpec): readonly Permission[] {
  const delegated = spec.permissions.map((name) => knownPermission(name, 'delegated'))
  const application = (spec.applicationPermissions ?? []).map((name) => knownPermission(name, 'application'))
  return [...new Set([...delegated, ...application])]
}

/** @throws {RegistrationError} `registration/permission-unknown` */
export function knownPermission(name: string, kind: Permission['kind']): Permission {
  const found = findPermission(name, kind)
  if (found) return found
  const other = findPermission(name, kind === 'delegated' ? 'application' : 'delegated')
  throw new RegistrationError(
    'registration/permission-unknown',
    `Microsoft Graph has no ${kind} permission named ${name}`,
    {
      fix: other
        ? `Write it under the ${other.kind} permissions: only there it exists.`
        : 'Correct its name.',
    },
  )
}

function platformUris(spec: AppSpec): [Platform, readonly string[]][] {
  return Object.entries(redirectUrisOf(spec)) as [Platform, readonly string[]][]
}

function isList(value: readonly string[] | RedirectUris): value is readonly string[] {
  return Array.isArray(value)
}

function invalid(problems: readonly string[]): RegistrationError {
  return new RegistrationError(
    'registration/app-file-invalid',
    `the app file cannot be used: ${problems.join('; ')}`,
    {
      fix: 'Correct the app file.',
    },
  )
}
