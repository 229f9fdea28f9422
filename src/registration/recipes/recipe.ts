// The same registration by other tools: portal.md section 3. For people who may not, or will not, run this program.
import { type Cloud, clouds } from '../../facts/clouds.ts'
import type { Permission } from '../../facts/permissions.ts'
import { graphAppId } from '../../facts/scopes.ts'
import { type AppSpec, redirectUrisOf, specPermissions } from '../app-spec.ts'
import { azRecipe } from './az.ts'
import { m365Recipe } from './m365.ts'
import { portalRecipe } from './portal.ts'
import { powerShellRecipe } from './powershell.ts'
import { RegistrationError } from '../registration-error.ts'
import { visible } from './quote.ts'
import { restRecipe } from './rest.ts'

export const recipeFormats = ['portal', 'az', 'pwsh', 'rest', 'm365'] as const
export type RecipeFormat = (typeof recipeFormats)[number]

export interface RecipeRequest {
  readonly spec: AppSpec
  readonly cloud: Cloud
  /** GUID or domain. */
  readonly tenant: string
  /** Of a registration that is there already: it is found, not made. */
  readonly clientId?: string | undefined
  /** User names to consent for, each alone. Default: for the whole organisation. */
  readonly forUsers?: readonly string[]
}

export type RecipeStepId =
  | 'sign-in'
  | 'register'
  | 'consent'
  | 'assign'
  | 'check'
  | 'revoke'
  | 'stop'
  | 'remove'

export interface RecipeStep {
  readonly id: RecipeStepId
  readonly title: string
  /** Commands, or for the portal sentences. */
  readonly lines: readonly string[]
}

/** What a recipe is written from: the request, with its defaults filled in. */
export interface RecipeFacts {
  readonly spec: AppSpec
  readonly tenant: string
  readonly cloudName: string
  /** Origin of Graph. The local tenant answers under Microsoft's names (`letterlock tenant exec`). */
  readonly graph: string
  readonly portal: string
  readonly clientId: string | undefined
  readonly redirectUris: ReturnType<typeof redirectUrisOf>
  readonly resourceAccess: readonly { readonly id: string; readonly type: 'Scope' | 'Role' }[]
  readonly scopes: readonly string[]
  readonly roles: readonly Permission[]
  readonly forUsers: readonly string[]
}

/**
 * Every step by one tool, in order; `register`, `consent` and `assign` together make what `app apply` and
 * `app consent` make. Does no I/O.
 *
 * @throws {RegistrationError} `registration/app-unknown`, `registration/permission-unknown`
 */
export function recipeOf(format: RecipeFormat, request: RecipeRequest): readonly RecipeStep[] {
  const facts = factsOf(request)
  const recipes = {
    portal: portalRecipe,
    az: azRecipe,
    pwsh: powerShellRecipe,
    rest: restRecipe,
    m365: m365Recipe,
  }
  return recipes[format](facts).filter((step) => step.lines.length > 0)
}

export const applicationTags = ['WindowsAzureActiveDirectoryIntegratedApp']

function factsOf(request: RecipeRequest): RecipeFacts {
  const { spec, cloud, tenant, clientId = spec.clientId, forUsers = [] } = request
  if (clientId !== undefined && !isGuid(clientId))
    throw new RegistrationError('registration/app-unknown', `${visible(clientId)} is not a client ID`, {
      fix: 'Copy "Application (client) ID" of the registration.',
    })
  const shown = cloud.name === 'local' ? clouds.global : cloud
  const permissions = specPermissions(spec)
  return {
    spec,
    tenant,
    cloudName: shown.name,
    graph: shown.graph,
    portal: (shown.portal ?? 'https://portal.azure.com').replace('portal.azure.com', 'entra.microsoft.com'),
    clientId,
    redirectUris: redirectUrisOf(spec),
    resourceAccess: permissions.map(({ id, kind }) => ({
      id,
      type: kind === 'delegated' ? 'Scope' : 'Role',
    })),
    scopes: permissions.filter((one) => one.kind === 'delegated').map((one) => one.value),
    roles: permissions.filter((one) => one.kind === 'application'),
    forUsers,
  }
}

function isGuid(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
}

/** The body that makes the registration: the one that `app apply` sends. */
export function registrationBody({ spec, redirectUris, resourceAccess }: RecipeFacts): object {
  return {
    displayName: spec.name,
    signInAudience: spec.audience,
    isFallbackPublicClient: spec.client === 'public',
    publicClient: { redirectUris: redirectUris.publicClient },
    web: { redirectUris: redirectUris.web },
    spa: { redirectUris: redirectUris.spa },
    requiredResourceAccess:
      resourceAccess.length === 0 ? [] : [{ resourceAppId: graphAppId, resourceAccess }],
  }
}
