import { quoteForPowerShell as quoted } from '../recipes/quote.ts'
import type { CmdletCall, CmdletValue, LimitPlan } from './plan-limit.ts'

const environments: Readonly<Record<string, string>> = {
  'gcc-high': 'O365USGovGCCHigh',
  dod: 'O365USGovDoD',
  china: 'O365China',
}

/**
 * The plan as PowerShell for an Exchange administrator. It stops at the first failure; run again, it makes nothing twice.
 *
 * @param o.cloud Name of the cloud, as in `--cloud`.
 * @param o.servicePrincipalId Of the application, whose grants of Entra go.
 */
export function limitPowerShell(
  plan: LimitPlan,
  o: { readonly cloud: string; readonly tenant: string; readonly servicePrincipalId: string },
): string {
  const environment = environments[o.cloud]
  const where = environment === undefined ? '' : ` -ExchangeEnvironmentName ${environment}`
  return [
    '# Install-Module ExchangeOnlineManagement, once. Role: Exchange Administrator.',
    "$ErrorActionPreference = 'Stop'",
    `Connect-ExchangeOnline -ShowBanner:$false${where}`,
    ...(plan.group === undefined
      ? []
      : [
          `$group = (Get-DistributionGroup -Identity ${quoted(plan.group)}).DistinguishedName -replace "'", "''"`,
        ]),
    ...plan.calls.flatMap(guarded),
    ...(plan.entraGrantsToRemove.length > 0 ? removeGrants(plan, o) : []),
    ...plan.tests.map(line),
  ].join('\n')
}

function guarded(call: CmdletCall): string[] {
  if (!call.unless) return [line(call)]
  // The list of policies is looked through here: the cmdlet finds none by application.
  const found =
    call.cmdlet === 'New-ApplicationAccessPolicy'
      ? `Get-ApplicationAccessPolicy | Where-Object { $_.AppId -eq ${quoted(String(call.parameters['AppId']))} -and $_.AccessRight -eq 'RestrictAccess' -and $_.ScopeIdentity -eq (Get-Recipient ${quoted(String(call.parameters['PolicyScopeGroupId']))}).Identity }`
      : `${line(call.unless)} -ErrorAction SilentlyContinue`
  const otherwise = call.instead ? ` else { ${line(call.instead)} }` : ''
  return [`if (-not (${found})) { ${line(call)} }${otherwise}`]
}

function line({ cmdlet, parameters }: CmdletCall): string {
  const words = Object.entries(parameters).map(([name, value]) => `-${name} ${written(value)}`)
  return [cmdlet, ...words].join(' ')
}

function written(value: CmdletValue): string {
  if (typeof value === 'boolean') return `$${value}`
  return value.includes("'{group}'") ? `"MemberOfGroup -eq '$group'"` : quoted(value)
}

function removeGrants(
  { entraGrantsToRemove }: LimitPlan,
  { tenant, servicePrincipalId }: { readonly tenant: string; readonly servicePrincipalId: string },
): string[] {
  const names = entraGrantsToRemove.map((one) => one.value).join(', ')
  return [
    `# Exchange's roles add to Entra's: while ${names} is granted in Entra too, it opens every mailbox.`,
    `Connect-MgGraph -TenantId ${quoted(tenant)} -Scopes AppRoleAssignment.ReadWrite.All,Application.Read.All`,
    `$grants = Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId ${quoted(servicePrincipalId)} -All`,
    ...entraGrantsToRemove.map(
      ({ id }) =>
        `$grants | Where-Object AppRoleId -eq ${quoted(id)} | ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId ${quoted(servicePrincipalId)} -AppRoleAssignmentId $_.Id }`,
    ),
  ]
}
