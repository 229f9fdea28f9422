import * as v from 'valibot'
import { findPermission, type Permission } from '../facts/permissions.ts'
import { appFileSchema } from './app-file-schema.ts'
import { type Platform, refuseRedirectUri } from './redirect-uri.ts'
import { RegistrationError, type RegistrationErrorCode } from './registration-error.ts'

export type Audience = 'AzureADMyOrg' | 'AzureADMultipleOrgs' | 'AzureADandPersonalMicrosoftAccount'

export type RedirectUris = Readonly<Partial<Record<Platform, readonly string[]>>>

/** What letterlock.app.yaml says: the registration as it should be. */
export interface AppSpec {
  readonly name: string
  /** Once it is known: then the registration is found by it and may be renamed. */
  readonly clientId?: string | undefined
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

/** One thing wrong in an app file, and where: the keys that lead to it. */
export interface SpecProblem {
  readonly code: RegistrationErrorCode
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly fix: string
}

/**
 * Reads an app file's content. Does no I/O.
 *
 * @param placeOf Says where in the file the keys stand, such as `app.yaml:7:5`. Default: the keys themselves.
 * @throws {RegistrationError} `registration/app-file-invalid`, `registration/permission-unknown`
 * @example
 * parseAppSpec({ name: 'Invoice bot', permissions: ['User.Read'] }).client // 'public'
 */
export function parseAppSpec(json: unknown, placeOf?: (path: SpecProblem['path']) => string): AppSpec {
  const read = v.safeParse(appFileSchema, json)
  const problems = read.success ? problemsOf(read.output) : read.issues.map(problemOfIssue)
  const [first] = problems
  if (first === undefined) return read.output as AppSpec
  const told = problems.map((one) => (placeOf ? `${placeOf(one.path)}: ${one.message}` : one.message))
  const message =
    placeOf || first.code !== 'registration/app-file-invalid' ? '' : 'the app file cannot be used: '
  throw new RegistrationError(first.code, message + told.join('; '), { fix: first.fix })
}

function problemOfIssue(issue: v.BaseIssue<unknown>): SpecProblem {
  const path = (issue.path ?? []).map((one) => one.key as string | number)
  return { ...invalid, path, message: `${v.getDotPath(issue) ?? 'the file'} ${issue.message}` }
}

const invalid = { code: 'registration/app-file-invalid', fix: 'Correct the app file.' } as const

/** What the schema cannot say: names that Microsoft does not know, redirect URIs that Entra would refuse. */
function problemsOf(spec: AppSpec): SpecProblem[] {
  return [
    ...unknownPermissions(spec.permissions, 'permissions'),
    ...unknownPermissions(spec.applicationPermissions ?? [], 'applicationPermissions'),
    ...refusedRedirectUris(spec),
  ]
}

function unknownPermissions(
  names: readonly string[],
  key: 'permissions' | 'applicationPermissions',
): SpecProblem[] {
  const kind = key === 'permissions' ? 'delegated' : 'application'
  return names.flatMap((name, index): SpecProblem[] => {
    if (findPermission(name, kind)) return []
    const { message, fix } = unknownPermission(name, kind)
    return [{ code: 'registration/permission-unknown', path: [key, index], message, fix }]
  })
}

function refusedRedirectUris(spec: AppSpec): SpecProblem[] {
  const given = spec.redirectUris
  const lists: [Platform, readonly string[]][] = isList(given)
    ? [[plainListPlatform(spec), given]]
    : (Object.entries(given) as [Platform, readonly string[]][])
  return lists.flatMap(([platform, uris]) =>
    uris.flatMap((uri, index): SpecProblem[] => {
      const why = refuseRedirectUri(uri, platform)
      if (why === undefined) return []
      const path = isList(given) ? ['redirectUris', index] : ['redirectUris', platform, index]
      return [{ ...invalid, path, message: `the redirect URI ${uri} cannot be registered: ${why}` }]
    }),
  )
}

/** The spec's redirect URIs on their three platforms, each list possibly empty, none twice. */
export function redirectUrisOf(spec: AppSpec): Record<Platform, readonly string[]> {
  const given = spec.redirectUris
  const lists: RedirectUris = isList(given) ? { [plainListPlatform(spec)]: given } : given
  const once = (uris: readonly string[] = []): readonly string[] => [...new Set(uris)]
  return { publicClient: once(lists.publicClient), web: once(lists.web), spa: once(lists.spa) }
}

function plainListPlatform(spec: AppSpec): Platform {
  return spec.client === 'public' ? 'publicClient' : 'web'
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
  const { message, fix } = unknownPermission(name, kind)
  throw new RegistrationError('registration/permission-unknown', message, { fix })
}

function unknownPermission(name: string, kind: Permission['kind']): { message: string; fix: string } {
  const other = findPermission(name, kind === 'delegated' ? 'application' : 'delegated')
  const fix = other
    ? `Write it under the ${other.kind} permissions: only there it exists.`
    : 'Correct its name.'
  return { message: `Microsoft Graph has no ${kind} permission named ${name}`, fix }
}

function isList(value: readonly string[] | RedirectUris): value is readonly string[] {
  return Array.isArray(value)
}
