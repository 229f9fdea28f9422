import { isDeepStrictEqual } from 'node:util'
import type { GraphClient } from '../graph/index.ts'
import { assignPrincipal } from './assign.ts'
import {
  type Application,
  type Directory,
  type DirectoryOptions,
  directoryOf,
  findApplicationsByName,
  findServicePrincipal,
  mayBeThere,
  type ServicePrincipal,
} from './directory.ts'
import { applicationBody, findApp, type Found, type Plan, type PlannedChange, planFrom } from './plan.ts'
import { RegistrationError } from './registration-error.ts'

export interface AppliedApp {
  /** The client ID. */
  readonly appId: string
  readonly objectId: string
  readonly servicePrincipalId: string
  readonly created: boolean
  readonly done: readonly PlannedChange[]
}

/**
 * Does what a plan says. Looks first whether the plan still fits, and changes nothing if it does not.
 * Stopped half way, a new plan holds what is left: each object is found again by its name.
 *
 * @throws {RegistrationError} `registration/plan-outdated`, `registration/not-allowed`, `registration/not-replicated`,
 *   and what `planApp` throws
 */
export async function applyPlan(
  graph: GraphClient,
  plan: Plan,
  options?: DirectoryOptions,
): Promise<AppliedApp> {
  const directory = directoryOf(graph, options)
  const found = await findApp(directory, plan.spec)
  const now = planFrom(plan.spec, found)
  if (now.appId !== plan.appId || !isDeepStrictEqual(now.changes, plan.changes)) {
    throw new RegistrationError(
      'registration/plan-outdated',
      'the registration was changed after the plan was made',
      {
        fix: 'Make a new plan: letterlock app plan.',
      },
    )
  }
  const application = await applyApplication(directory, plan, found)
  const principal = await applyPrincipal(directory, plan, { application, existing: found.servicePrincipal })
  for (const user of found.unassigned) {
    await directory.untilReplicated(() => assignPrincipal(directory, principal.id, user.id))
  }
  return {
    appId: application.appId,
    objectId: application.id,
    servicePrincipalId: principal.id,
    created: found.application === undefined,
    done: plan.changes,
  }
}

async function applyApplication(directory: Directory, plan: Plan, found: Found): Promise<Application> {
  const existing = found.application
  if (!existing) return createApplication(directory, plan)
  if (plan.changes.some((change) => change.object === 'application')) {
    await directory.patch(`/applications/${existing.id}`, applicationBody(plan.spec, existing))
  }
  return existing
}

/** Entra does not keep names unique: after a lost answer, look for what was made before making another. */
async function createApplication(directory: Directory, plan: Plan): Promise<Application> {
  try {
    return await directory.post<Application>('/applications', applicationBody(plan.spec))
  } catch (error) {
    const [there, ...more] = mayBeThere(error) ? await findApplicationsByName(directory, plan.spec.name) : []
    if (!there || more.length > 0) throw error
    return there
  }
}

async function applyPrincipal(
  directory: Directory,
  plan: Plan,
  state: { application: Application; existing: ServicePrincipal | undefined },
): Promise<ServicePrincipal> {
  const wanted = { appRoleAssignmentRequired: plan.spec.assignmentRequired }
  const { application, existing } = state
  if (!existing) return createPrincipal(directory, application.appId, wanted)
  if (plan.changes.some((change) => change.object === 'service principal')) {
    await directory.patch(`/servicePrincipals/${existing.id}`, wanted)
  }
  return existing
}

async function createPrincipal(
  directory: Directory,
  appId: string,
  wanted: { appRoleAssignmentRequired: boolean },
): Promise<ServicePrincipal> {
  // The tag shows it under "Enterprise applications", where an administrator looks for it.
  const body = { appId, tags: ['WindowsAzureActiveDirectoryIntegratedApp'], ...wanted }
  try {
    return await directory.untilReplicated(() => directory.post<ServicePrincipal>('/servicePrincipals', body))
  } catch (error) {
    const there = mayBeThere(error) ? await findServicePrincipal(directory, appId) : undefined
    if (!there) throw error
    await directory.patch(`/servicePrincipals/${there.id}`, wanted)
    return there
  }
}
