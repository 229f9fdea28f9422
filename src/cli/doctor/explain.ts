// One code, one explanation: Entra's numbers, Graph's names and our own, from the catalogues that all errors use.
import type { Recovery } from '../../facts/recovery.ts'
import { exitCodes } from '../report-error.ts'

export interface Explanation {
  readonly code: string
  readonly title?: string
  readonly meaning: string
  /** What to do, as a sentence. */
  readonly fix: string
  /** The same as a command line, or as a place to click. */
  readonly how: string
  readonly who: string
  readonly where?: string
  readonly recovery: Recovery
}

/** Looks a code up among Entra's, Graph's and our own. */
export async function explain(code: string): Promise<Explanation | undefined> {
  return (
    (await explainEntra(code)) ?? (await explainGraph(code)) ?? explainOwn(code.replace(/^[([]|[)\]]$/g, ''))
  )
}

export function sayExplanation(say: (line: string) => void, one: Explanation): void {
  say(`${one.code}${one.title ? `: ${one.title}` : ''}`)
  say(`  means    ${one.meaning}`)
  say(`  do this  ${one.fix}`)
  if (one.how !== one.fix) say(`  how      ${one.how}`)
  say(`  who      ${one.who}${one.where ? `; seen ${one.where}` : ''}`)
}

const places = {
  page: 'on Microsoft’s page only: the waiting program never hears of it',
  inline: 'beside a field of the sign-in page',
  token: 'in the answer to a token request',
  redirect: 'in the answer that comes back to the program',
} as const

async function explainEntra(text: string): Promise<Explanation | undefined> {
  const [{ explainEntraCode }, { wayOutOfEntra }] = await Promise.all([
    import('../../facts/entra-errors.ts'),
    import('../../facts/ways-out.ts'),
  ])
  const found = explainEntraCode(text)
  if (!found) return undefined
  const { title, meaning, fix, recovery, code, who, where } = found
  const way = wayOutOfEntra(code)
  return {
    code: `AADSTS${code}`,
    title,
    meaning,
    fix,
    how: way?.command ?? way?.place ?? fix,
    who: actor(who),
    where: places[where],
    recovery,
  }
}

async function explainGraph(text: string): Promise<Explanation | undefined> {
  const [{ findGraphError }, { wayOutOfGraph }] = await Promise.all([
    import('../../facts/graph-errors.ts'),
    import('../../facts/ways-out.ts'),
  ])
  const found = findGraphError(text)
  if (!found) return undefined
  const { code, meaning, fix, recovery, who, status } = found
  const way = wayOutOfGraph(code)
  const how = way?.command ?? way?.place ?? fix
  return { code, meaning, fix, how, who: actor(who), recovery, where: `with HTTP status ${status}` }
}

const actor = (who: 'you' | 'administrator'): string => (who === 'administrator' ? 'an administrator' : 'you')

/** Every code that a part of letterlock can end with, and its way out. */
export async function ownRecoveries(): Promise<Readonly<Record<string, Recovery>>> {
  const tables = await Promise.all([
    import('../../signin/signin-error.ts').then((part) => part.signInErrors),
    import('../../graph/graph-error.ts').then((part) => part.graphErrors),
    import('../../mail/mail-error.ts').then((part) => part.mailErrors),
    import('../../registration/registration-error.ts').then((part) => part.registrationErrors),
    import('../../flow/flow-error.ts').then((part) => part.flowErrors),
    import('../../facts/facts-error.ts').then((part) => part.factsErrors),
    import('../cli-error.ts').then((part) => part.cliErrors),
  ])
  return Object.assign({}, ...tables) as Readonly<Record<string, Recovery>>
}

async function explainOwn(code: string): Promise<Explanation | undefined> {
  const recoveries = await ownRecoveries()
  const recovery = Object.hasOwn(recoveries, code) ? recoveries[code]! : undefined
  const { ownCodes } = await import('./own-codes.ts')
  const known = ownCodes.get(code)
  if (!recovery || !known) return undefined
  const who = whoActs[recovery]
  return { code, ...known, who, recovery, where: `with exit status ${exitCodes[recovery]}` }
}

const whoActs: Readonly<Record<Recovery, string>> = {
  retry: 'you',
  'sign-in-again': 'you',
  'fix-configuration': 'you',
  'ask-admin': 'an administrator',
  report: 'whoever looks after letterlock',
}
