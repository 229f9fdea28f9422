import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { oneLine } from '../strip-escapes.ts'
import { exitCodes } from '../report-error.ts'
import type { Recovery } from '../../facts/recovery.ts'

export interface Explanation {
  readonly code: string
  readonly title?: string
  readonly meaning: string
  readonly fix: string
  readonly who: string
  readonly where?: string
  readonly recovery: Recovery
}

export async function run({ output, args }: Invocation): Promise<void> {
  const asked = oneLine(args[0] ?? '')
  const found = await explain(asked)
  if (!found) {
    throw new CliError('cli/code-unknown', `nobody here knows "${asked.slice(0, 80)}"`, {
      fix: 'give the AADSTS number of the page, the code of a Graph error, or the code in brackets of a letterlock error',
    })
  }
  output.record(found)
  sayExplanation((line) => output.say(line), found)
}

export function sayExplanation(say: (line: string) => void, one: Explanation): void {
  say(`${one.code}${one.title ? `: ${one.title}` : ''}`)
  say(`  means    ${one.meaning}`)
  say(`  do this  ${one.fix}`)
  say(`  who      ${one.who}${one.where ? `; seen ${one.where}` : ''}`)
}

const places = {
  page: 'on Microsoft’s page only: the waiting program never hears of it',
  inline: 'beside a field of the sign-in page',
  token: 'in the answer to a token request',
  redirect: 'in the answer that comes back to the program',
} as const

/** Looks a code up among Entra's, Graph's and our own. */
export async function explain(code: string): Promise<Explanation | undefined> {
  const { explainEntraCode } = await import('../../facts/entra-errors.ts')
  const entra = explainEntraCode(code)
  if (entra) {
    const { title, meaning, fix, recovery } = entra
    const where = (places as Record<string, string>)[entra.where]
    const who = entra.who === 'administrator' ? 'an administrator' : 'you'
    return { code: `AADSTS${entra.code}`, title, meaning, fix, who, recovery, ...(where && { where }) }
  }
  const { findGraphError } = await import('../../facts/graph-errors.ts')
  const graph = findGraphError(code)
  if (graph) {
    const { meaning, fix, recovery } = graph
    const who = graph.who === 'administrator' ? 'an administrator' : 'you'
    return { code: graph.code, meaning, fix, who, recovery, where: `with HTTP status ${graph.status}` }
  }
  return explainOwn(code.replace(/^[([]|[)\]]$/g, ''))
}

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
    fix: fixes[recovery],
    who:
      recovery === 'ask-admin'
        ? 'an administrator'
        : recovery === 'report'
          ? 'whoever looks after letterlock'
          : 'you',
    recovery,
  }
}

const fixes: Readonly<Record<Recovery, string>> = {
  retry: 'run the same command again; nothing is done twice',
  'sign-in-again': 'letterlock login',
  'ask-admin': 'ask an administrator; letterlock app check says what is missing',
  'fix-configuration': 'the error’s second line names what to correct; then run it again',
  report: 'report it with the ids that the error shows',
}
