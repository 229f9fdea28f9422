import type { GraphClient } from '../../graph/index.ts'
import { type DirectoryOptions, directoryOf, rolesHeldBy } from '../directory.ts'
import { RegistrationError } from '../registration-error.ts'
import type { CmdletCall, LimitPlan } from './plan-limit.ts'

export type CmdletRow = Readonly<Record<string, unknown>>

/** Runs one cmdlet of Exchange; undefined where the object it names does not exist. */
export type RunCmdlet = (
  cmdlet: string,
  parameters: Readonly<Record<string, unknown>>,
) => Promise<readonly CmdletRow[] | undefined>

export interface LimitDone {
  readonly ran: readonly string[]
  /** Entra's grants that were taken away, by permission. */
  readonly grantsRemoved: readonly string[]
  /** What the test cmdlets answered, one list a mailbox. */
  readonly tests: readonly { readonly mailbox: string; readonly rows: readonly CmdletRow[] }[]
}

/**
 * Does what a plan says: Exchange first, then Entra's grants, so that the application is never wider than before.
 * Run again, it makes nothing twice.
 *
 * @throws {RegistrationError} `registration/limit-impossible`, `registration/not-allowed`, and what `run` throws
 */
export async function runLimit(
  plan: LimitPlan,
  o: {
    readonly run: RunCmdlet
    readonly graph: GraphClient
    readonly servicePrincipalId: string
    readonly options?: DirectoryOptions
  },
): Promise<LimitDone> {
  const group = plan.group === undefined ? undefined : await distinguishedName(plan.group, o.run)
  const ran: string[] = []
  for (const call of plan.calls) {
    const chosen = await choose(call, o.run)
    if (!chosen) continue
    if (!(await o.run(chosen.cmdlet, filled(chosen, group)))) throw unknownName(chosen)
    ran.push(chosen.cmdlet)
  }
  const tests = []
  for (const test of plan.tests) {
    const mailbox = String(test.parameters['Resource'] ?? test.parameters['Identity'])
    tests.push({ mailbox, rows: (await o.run(test.cmdlet, test.parameters)) ?? [] })
  }
  return { ran, grantsRemoved: await removeGrants(plan, o), tests }
}

function unknownName({ cmdlet, parameters }: CmdletCall): RegistrationError {
  const named = String(parameters['PolicyScopeGroupId'] ?? parameters['App'] ?? parameters['Identity'])
  return new RegistrationError('registration/limit-impossible', `${cmdlet} found no ${named} in Exchange`, {
    fix: 'Name a mailbox or a mail-enabled security group of this tenant by its address.',
  })
}

async function choose(call: CmdletCall, run: RunCmdlet): Promise<CmdletCall | undefined> {
  if (!call.unless) return call
  const rows = (await run(call.unless.cmdlet, call.unless.parameters)) ?? []
  const { AppId } = call.parameters
  const there =
    call.cmdlet === 'New-ApplicationAccessPolicy'
      ? await hasPolicy(rows, {
          appId: String(AppId),
          target: String(call.parameters['PolicyScopeGroupId']),
          run,
        })
      : rows.length > 0
  return there ? call.instead : call
}

/** Policies are named by number: one of this application and recipient is looked for among all. */
async function hasPolicy(
  rows: readonly CmdletRow[],
  o: { readonly appId: string; readonly target: string; readonly run: RunCmdlet },
): Promise<boolean> {
  const own = rows.filter((one) => one['AppId'] === o.appId && one['AccessRight'] === 'RestrictAccess')
  if (own.length === 0) return false
  const [recipient] = (await o.run('Get-Recipient', { Identity: o.target })) ?? []
  const names = [recipient?.['Identity'], recipient?.['Name'], recipient?.['DisplayName']]
  return own.some((one) => names.includes(one['ScopeIdentity']) || names.includes(one['ScopeName']))
}

async function distinguishedName(group: string, run: RunCmdlet): Promise<string> {
  const [row] = (await run('Get-DistributionGroup', { Identity: group })) ?? []
  if (row === undefined)
    throw new RegistrationError(
      'registration/limit-impossible',
      `there is no mail-enabled security group ${group}`,
      { fix: 'Name one by its address, or name mailboxes: --mailbox.' },
    )
  return String(row['DistinguishedName'])
}

function filled(call: CmdletCall, group: string | undefined): Readonly<Record<string, unknown>> {
  if (group === undefined) return call.parameters
  return Object.fromEntries(
    Object.entries(call.parameters).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replace('{group}', group.replaceAll("'", "''")) : value,
    ]),
  )
}

async function removeGrants(
  plan: LimitPlan,
  o: {
    readonly graph: GraphClient
    readonly servicePrincipalId: string
    readonly options?: DirectoryOptions
  },
): Promise<string[]> {
  if (plan.entraGrantsToRemove.length === 0) return []
  const directory = directoryOf(o.graph, o.options)
  const removed: string[] = []
  for (const held of await rolesHeldBy(directory, o.servicePrincipalId)) {
    const permission = plan.entraGrantsToRemove.find((one) => one.id === held.appRoleId)
    if (!permission) continue
    await directory.delete(`/servicePrincipals/${held.resourceId}/appRoleAssignedTo/${held.id}`)
    removed.push(permission.value)
  }
  return removed
}
