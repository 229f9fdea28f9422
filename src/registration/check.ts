import { systemClock } from '../facts/clock.ts'
import { graphAppId } from '../facts/scopes.ts'
import type { GraphClient } from '../graph/index.ts'
import { type AppSpec, parseAppSpec } from './app-spec.ts'
import { accessFindings } from './checks/access.ts'
import { consentFindings } from './checks/consent.ts'
import { credentialFindings } from './checks/credentials.ts'
import { driftFindings } from './checks/drift.ts'
import { type Finding, type Findings, fine, notChecked, sorted } from './checks/finding.ts'
import { flowFindings } from './checks/flows.ts'
import { lintSpec } from './checks/lint.ts'
import { type DirectoryOptions, directoryOf } from './directory.ts'
import { type Plan, planFrom } from './plan.ts'
import { type RegistrationState, readState } from './read-state.ts'
import { RegistrationError } from './registration-error.ts'

/**
 * Says of a registration what fits the app file, what does not, and the one fix of each. Reads only, and runs under
 * Application.Read.All alone: what that does not show reads "not checked: needs X".
 *
 * @throws {RegistrationError} `registration/app-file-invalid`, `registration/permission-unknown`,
 *   `registration/name-ambiguous`
 */
export async function checkApp(
  graph: GraphClient,
  spec: AppSpec,
  options?: DirectoryOptions,
): Promise<Findings> {
  const wanted = parseAppSpec(spec)
  const ofFile = [...lintSpec(wanted), ...flowFindings(wanted)]
  try {
    const state = await readState(directoryOf(graph, options), wanted)
    if (!state.application) return sorted([...ofFile, absent(wanted, state)])
    const nowMs = (options?.clock ?? systemClock).nowMs()
    return sorted([
      ...ofFile,
      ...driftOrNone(planOf(wanted, state)),
      ...otherServices(state),
      ...consentFindings(wanted, state),
      ...accessFindings(wanted, state),
      ...credentialFindings(wanted, state, nowMs),
    ])
  } catch (error) {
    if (!(error instanceof RegistrationError) || error.code !== 'registration/not-allowed') throw error
    const all = notChecked('the registration', 'Application.Read.All and a role that may read it')
    return sorted([...ofFile, { ...all, code: 'app/not-readable' }])
  }
}

/** As `planApp`, of what a check read: users who are not known are no change. */
function planOf(spec: AppSpec, { application, servicePrincipal, assigned, users }: RegistrationState): Plan {
  const there = new Set(assigned.read ? assigned.value.map((one) => one.principalId) : [])
  const named = users.read && assigned.read ? [...users.value] : []
  const unassigned = named.filter(([id]) => !there.has(id)).map(([id, name]) => ({ id, name }))
  return planFrom(spec, { application, servicePrincipal, unassigned })
}

function driftOrNone({ changes }: Plan): Finding[] {
  if (changes.length > 0) return driftFindings(changes)
  return [fine('app/as-written', 'the registration is as the app file says')]
}

/** `apply` leaves these alone: another program may use the same registration. */
function otherServices({ application }: RegistrationState): Finding[] {
  const others = (application?.requiredResourceAccess ?? []).filter((one) => one.resourceAppId !== graphAppId)
  return others.map((one) => ({
    code: 'app/other-service',
    level: 'problem',
    what: `the registration lists ${one.resourceAccess.length} permissions of another service (${one.resourceAppId}), which the app file cannot ask for`,
    fix: 'Remove them: App registrations > API permissions, or use a registration of its own.',
    who: 'administrator',
  }))
}

function absent(spec: AppSpec, { deleted, absence }: RegistrationState): Finding {
  const named = spec.clientId ?? `named "${spec.name}"`
  if (!deleted)
    return {
      code: 'app/absent',
      level: 'problem',
      what: absence ?? `there is no registration ${named} in this tenant`,
      fix: absence === undefined ? 'Run letterlock app apply.' : 'Correct clientId in the app file.',
      who: 'administrator',
    }
  return {
    code: 'app/deleted',
    level: 'problem',
    what: `the registration ${named} was deleted and lies in the recycle bin (AADSTS700016)`,
    fix: 'Restore it: App registrations > Deleted applications > Restore app registration.',
    who: 'administrator',
  }
}
