// The app file beside the flow files it is for: neither less nor more than they need.
import type { AppSpec } from '../app-spec.ts'
import { needsOf, permissionsFor, readFlowNeeds } from '../flow-needs.ts'
import { RegistrationError } from '../registration-error.ts'
import { type Finding, fine } from './finding.ts'

export function flowFindings(spec: AppSpec): Finding[] {
  if (!spec.flows || spec.flows.length === 0) return []
  const flows = []
  for (const file of spec.flows) {
    try {
      flows.push(readFlowNeeds(file))
    } catch (error) {
      if (!(error instanceof RegistrationError)) throw error
      const { message, fix = 'Correct the flow file.' } = error
      return [{ code: 'app/flow-unreadable', level: 'problem', what: message, fix, who: 'you' }]
    }
  }
  const needed = permissionsFor(flows)
  const needs = needsOf(flows)
  const findings: Finding[] = needed
    .filter((one) => !spec.permissions.includes(one))
    .map((one) => {
      const { file, line, because } = needs.find(({ permission }) => permission === one)!
      const where = file === undefined ? '' : `${file}:${line} `
      const what = `the app file does not ask for ${one}, which is needed: ${where}${because}`
      return { code: 'app/flow-needs-more', level: 'problem', what, fix: addFix, who: 'you' }
    })
  const excess = spec.permissions.filter((one) => !needed.includes(one))
  const [unseen] = flows.flatMap((one) => one.unseen)
  for (const one of excess) {
    if (unseen) {
      const what = `whether the flows need ${one} cannot be told: ${unseen.file}:${unseen.line}: ${unseen.why}`
      findings.push({
        code: 'app/flow-not-told',
        level: 'warning',
        what,
        fix: 'Look into it by hand.',
        who: 'you',
      })
    } else {
      const what = `the app file asks for ${one}, which no flow needs`
      findings.push({
        code: 'app/more-than-flows-need',
        level: 'problem',
        what,
        fix: removeFix(one),
        who: 'you',
      })
    }
  }
  return findings.length > 0 ? findings : [fine('app/flows-fit', 'the permissions are what the flows need')]
}

const addFix = 'Add it to the permissions, then run letterlock app apply and letterlock app consent.'
const removeFix = (one: string): string => `Take ${one} out of the app file, then run letterlock app apply.`
