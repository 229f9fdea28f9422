// What the doctor says of one thing: fine, wrong with one fix, or not looked at and why.
import type { Recovery } from '../../facts/recovery.ts'
import type { Output } from '../output.ts'
import { exitCodes, tellError } from '../report-error.ts'
import { oneLine } from '../strip-escapes.ts'
import { explain } from './explain.ts'

export interface Finding {
  readonly check: string
  /** `not-checked` says what it needs: never to be read as "ok". */
  readonly level: 'ok' | 'warning' | 'problem' | 'not-checked'
  readonly what: string
  readonly why?: string
  readonly fix?: string
  /** The fix as a command line or a place to click. */
  readonly how?: string
  readonly who?: string
  readonly code?: string
  readonly recovery?: Recovery
}

export const fine = (check: string, what: string): Finding => ({ check, level: 'ok', what })

/** @param needs What would let it be looked at, such as a permission. */
export const notChecked = (check: string, what: string, needs: string): Finding => ({
  check,
  level: 'not-checked',
  what: `${what}: not checked: needs ${needs}`,
})

/** An error as a finding: Entra's or Graph's own code explains it where there is one. */
export async function problemOf(check: string, error: unknown): Promise<Finding> {
  const told = tellError(error)
  const { entraCode, graphCode } = error as { entraCode?: number; graphCode?: string }
  const named = entraCode === undefined ? graphCode : `AADSTS${entraCode}`
  const known = named ? await explain(named) : undefined
  const said = { check, level: 'problem', what: told.message, recovery: told.recovery } as const
  if (known)
    return { ...said, code: known.code, why: known.meaning, fix: known.fix, how: known.how, who: known.who }
  const who = told.recovery === 'ask-admin' ? 'an administrator' : 'you'
  return { ...said, code: told.code, fix: told.fix, who }
}

export function tellFinding(output: Output, finding: Finding): void {
  output.record(finding)
  const { level, what, why, fix, how, who, code } = finding
  output.say(`${level.padEnd(11)} ${oneLine(what)}${code ? ` (${code})` : ''}`)
  if (why) output.say(`  why      ${oneLine(why)}`)
  if (fix) output.say(`  do this  ${oneLine(fix)}`)
  if (how && how !== fix) output.say(`  how      ${oneLine(how)}`)
  if (who && level !== 'ok') output.say(`  who      ${who}`)
}

/** The exit code of the gravest problem: what must be configured, then who must sign in, ask, or wait. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const problems = findings.filter((one) => one.level === 'problem')
  const order: readonly Recovery[] = ['fix-configuration', 'report', 'sign-in-again', 'ask-admin', 'retry']
  const gravest = order.find((recovery) => problems.some((one) => (one.recovery ?? 'report') === recovery))
  return gravest ? exitCodes[gravest] : 0
}
