export interface Finding {
  readonly code: string
  /** `not-checked` where the reading needs more rights: never to be read as "ok". */
  readonly level: 'ok' | 'warning' | 'problem' | 'not-checked'
  readonly what: string
  /** One sentence; absent where there is nothing to do. */
  readonly fix?: string
  readonly who?: 'you' | 'administrator'
}

/** Worst first. */
export type Findings = readonly Finding[]

export function fine(code: string, what: string): Finding {
  return { code, level: 'ok', what }
}

export function notChecked(what: string, needs: string): Finding {
  return {
    code: 'app/not-checked',
    level: 'not-checked',
    what: `${what}: not checked: needs ${needs}`,
    fix: 'Let an administrator run letterlock app check.',
    who: 'administrator',
  }
}

export function sorted(findings: readonly Finding[]): Findings {
  const order = ['problem', 'not-checked', 'warning', 'ok']
  return findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
}
