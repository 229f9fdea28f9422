// Who may use it, and whether anybody can. entra.md section 11.
import type { AppSpec } from '../app-spec.ts'
import type { RegistrationState } from '../read-state.ts'
import { type Finding, notChecked } from './finding.ts'

export function accessFindings(spec: AppSpec, state: RegistrationState): Finding[] {
  const { servicePrincipal, assigned, users } = state
  const findings: Finding[] = []
  if (servicePrincipal?.accountEnabled === false)
    findings.push({
      code: 'app/disabled',
      level: 'problem',
      what: 'the enterprise application is disabled: nobody can sign in (AADSTS7000112)',
      fix: `Enable it: Enterprise applications > ${spec.name} > Properties > Enabled for users to sign in.`,
      who: 'administrator',
    })
  if (!users.read) findings.push(notChecked('the users of the app file', users.needs))
  else
    for (const name of state.absentUsers)
      findings.push({
        code: 'app/user-absent',
        level: 'problem',
        what: `there is no user ${name} in this tenant, or it was deleted`,
        fix: 'Correct the address under "assigned", or restore the user.',
        who: 'administrator',
      })
  if (!assigned.read) return [...findings, notChecked('who is assigned', assigned.needs)]
  if (!spec.assignmentRequired || !users.read) return findings
  for (const one of assigned.value.filter(({ principalId }) => !users.value.has(principalId)))
    findings.push({
      code: 'app/assigned-excess',
      level: 'problem',
      what: `${one.principalDisplayName ?? one.principalId} (${one.principalType ?? 'User'}) is assigned and the app file does not name it`,
      fix: `Name it in the app file, or run letterlock app assign ${one.principalId} --remove.`,
      who: 'administrator',
    })
  return findings
}
