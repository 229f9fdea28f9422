import type { Cloud } from '../../facts/clouds.ts'
import { seedScopes } from '../../facts/scopes.ts'
import type { GraphClient } from '../../graph/index.ts'
import type { AppSpec } from '../../registration/index.ts'
import type { SignedIn } from '../../signin/index.ts'
import { CliError } from '../cli-error.ts'
import type { SavedRegistration } from '../settings.ts'

/** What the procedure registers. */
export interface Procedure {
  readonly cloud: Cloud
  readonly tenant: string
  readonly name: string
  readonly redirectUri: string
  /** The automation's user; undefined: nobody is assigned and assignment is not required. */
  readonly user: string | undefined
  /** Delegated permissions, by name. Default: the seed's six. */
  readonly permissions?: readonly string[]
  /** Signs an administrator in; returns what proves it. */
  signIn(): Promise<{ graph: GraphClient; signedIn: SignedIn | undefined; proof: string[] }>
}

/** One of the eleven steps, done. */
export interface DoneStep {
  readonly number: number
  readonly seed: string
  readonly proof: readonly string[]
}

export interface Registered {
  readonly graph: GraphClient
  readonly clientId: string
  readonly tenantId: string
  readonly steps: number
  readonly saved: SavedRegistration
}

interface Organization {
  readonly id: string
  readonly displayName: string
  readonly verifiedDomains?: readonly { readonly name: string }[]
}

/**
 * The seed's eleven steps, each through Microsoft Graph and each with what proves it. Run again, it finds what is there.
 *
 * @throws {CliError} `cli/proof-missing`, and what registration and graph throw
 */
export async function performProcedure(o: Procedure, onStep: (step: DoneStep) => void): Promise<Registered> {
  const wanted = o.permissions ?? seedScopes
  const count = wanted.length === seedScopes.length ? 'six' : String(wanted.length)
  let steps = 0
  const done = (seed: string, ...proof: string[]): void => onStep({ number: ++steps, seed, proof })
  const registration = await import('../../registration/index.ts')

  const { graph, proof } = await o.signIn()
  done('Log in with the complete address', ...proof)

  const organization = await readOrganization(graph)
  const domains = (organization.verifiedDomains ?? []).map((one) => one.name)
  done(
    'Home > View the directory',
    `${organization.displayName}, tenant ${organization.id}`,
    domains.join(', '),
  )

  let registrations = 0
  for await (const page of graph.pages('/applications', { query: { $select: 'id,appId,displayName' } }))
    registrations += page.length
  done('App registrations > + New registration', `${registrations} registered so far`)

  const bare: AppSpec = {
    name: o.name,
    audience: 'AzureADMyOrg',
    client: 'public',
    redirectUris: [o.redirectUri],
    permissions: [],
    assignmentRequired: o.user !== undefined,
    assigned: [],
  }
  const full: AppSpec = { ...bare, permissions: wanted }
  const there = (await registration.planApp(graph, full)).appId !== null
  done(
    'Name, account type, platform and redirect URI',
    `${o.name}, this organisation only, Public client/native, ${o.redirectUri}`,
  )

  // The file owns what it names: a second run must not take the permissions away between two steps.
  const registered = await registration.applyPlan(
    graph,
    await registration.planApp(graph, there ? full : bare),
  )
  done(
    'Register',
    `application ${registered.objectId}${there ? ' (there already)' : ''}`,
    `service principal ${registered.servicePrincipalId}`,
  )

  const resource = await readGraphPrincipal(graph)
  done(
    'API permissions > Microsoft Graph > Delegated permissions',
    `Microsoft Graph is ${resource.id} here and offers ${resource.scopes.length} delegated permissions`,
  )

  const ticked = wanted.map((name) => {
    const scope = resource.scopes.find((one) => one.value === name)
    if (!scope) throw missing(7, `Microsoft Graph does not offer ${name} here`)
    return scope
  })
  done(`Tick the ${count}: ${wanted.join(', ')}`, ...ticked.map((one) => `${one.value} = ${one.id}`))

  await registration.applyPlan(graph, await registration.planApp(graph, full))
  const listed = (await registration.showApp(graph, registered.appId)).permissions
  const rows = listed.filter((one) => one.listed && one.kind === 'delegated')
  if (rows.length !== wanted.length) throw missing(8, `${rows.length} permissions are listed, not ${count}`)
  done(
    'Add permissions',
    `${rows.length} rows, ${rows.filter((one) => one.grantedToAll).length} granted so far`,
  )

  const consent = await registration.grantConsent(graph, { appId: registered.appId, scopes: wanted })
  const granted = (await registration.showApp(graph, registered.appId)).permissions.filter(
    (one) => one.listed && one.grantedToAll,
  )
  if (granted.length !== wanted.length) throw missing(9, `${granted.length} of ${count} are granted`)
  done(
    'Grant admin consent > Yes',
    `grant ${consent.grantId ?? '(none)'}, ${consent.consentType}`,
    `granted for ${organization.displayName}: ${granted.map((one) => one.name).join(' ')}`,
  )

  done('Copy the IDs', `client ID ${registered.appId}`, `tenant ID ${organization.id}`)

  if (o.user === undefined) done('Assign the automation’s user', 'assignment is not required')
  else {
    const assigned = await registration.assignUser(graph, { appId: registered.appId, user: o.user })
    done(
      'Assign the automation’s user',
      `${assigned.userPrincipalName} (${assigned.userId}), assignment ${assigned.assignmentId}`,
    )
  }
  return {
    graph,
    clientId: registered.appId,
    tenantId: organization.id,
    steps,
    saved: {
      cloud: o.cloud.name,
      tenant: organization.id,
      clientId: registered.appId,
      clientKind: 'public',
      redirectUri: o.redirectUri,
      scopes: wanted,
    },
  }
}

async function readOrganization(graph: GraphClient): Promise<Organization> {
  const { body } = await graph.request<{ value: Organization[] }>('GET', '/organization')
  const [organization] = body.value
  if (!organization) throw missing(2, 'the directory does not name its organisation')
  return organization
}

interface GraphPrincipal {
  readonly id: string
  readonly scopes: readonly { readonly id: string; readonly value: string }[]
}

async function readGraphPrincipal(graph: GraphClient): Promise<GraphPrincipal> {
  const { graphAppId } = await import('../../facts/scopes.ts')
  type Row = { id: string; oauth2PermissionScopes?: GraphPrincipal['scopes'] }
  const { body } = await graph.request<{ value: Row[] }>('GET', '/servicePrincipals', {
    query: { $filter: `appId eq '${graphAppId}'`, $select: 'id,appId,oauth2PermissionScopes' },
  })
  const [row] = body.value
  if (!row) throw missing(6, 'Microsoft Graph is not present in this tenant')
  return { id: row.id, scopes: row.oauth2PermissionScopes ?? [] }
}

function missing(step: number, what: string): CliError {
  return new CliError('cli/proof-missing', `step ${step} cannot be proved: ${what}`)
}
