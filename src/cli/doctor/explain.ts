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

async function explainOwn(code: string): Promise<Explanation | undefined> {
  const tables = await Promise.all([
    import('../../signin/signin-error.ts').then((part) => part.signInErrors),
    import('../../graph/graph-error.ts').then((part) => part.graphErrors),
    import('../../mail/mail-error.ts').then((part) => part.mailErrors),
    import('../../registration/registration-error.ts').then((part) => part.registrationErrors),
    import('../../flow/flow-error.ts').then((part) => part.flowErrors as Record<string, Recovery>),
    import('../cli-error.ts').then((part) => part.cliErrors),
  ])
  const table = tables.find((one) => Object.hasOwn(one, code)) as Record<string, Recovery> | undefined
  const recovery = table?.[code]
  if (!recovery) return undefined
  const [part = '', what = ''] = code.split('/')
  return {
    code,
    meaning: `letterlock’s ${part} part says: ${what.replaceAll('-', ' ')} (exit ${exitCodes[recovery]})`,
    ...ownFixes[recovery],
    recovery,
  }
}

const ownFixes: Readonly<Record<Recovery, { fix: string; how: string; who: string }>> = {
  retry: {
    fix: 'run the same command again; nothing is done twice',
    how: 'the same command once more',
    who: 'you',
  },
  'sign-in-again': { fix: 'sign in again', how: 'letterlock login', who: 'you' },
  'ask-admin': {
    fix: 'ask an administrator; letterlock app check says what is missing',
    how: 'letterlock app check',
    who: 'an administrator',
  },
  'fix-configuration': {
    fix: 'the error’s second line names what to correct; then run it again',
    how: 'letterlock doctor',
    who: 'you',
  },
  report: {
    fix: 'report it with the ids that the error shows',
    how: 'the project’s issue list',
    who: 'whoever looks after letterlock',
  },
}
