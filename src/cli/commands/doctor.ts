import { CliError } from '../cli-error.ts'
import type { AppFlags } from './app-target.ts'
import { explain, sayExplanation } from '../doctor/explain.ts'
import { exitCodeOf, type Finding, fine, problemOf, tellFinding } from '../doctor/finding.ts'
import type { Invocation } from '../invocation.ts'
import { oneLine } from '../strip-escapes.ts'

export interface DoctorFlags extends AppFlags {
  readonly fromLog?: string
}

export async function run(invocation: Invocation<DoctorFlags>): Promise<number> {
  const { args, flags } = invocation
  if (flags.fromLog !== undefined) {
    if (args.length > 0)
      throw new CliError('cli/usage', 'codes and --from-log do not go together', { fix: 'leave one out' })
    return explainLog(invocation, flags.fromLog)
  }
  return args.length > 0 ? explainCodes(invocation) : examine(invocation)
}

async function explainCodes({ output, args }: Invocation): Promise<number> {
  const unknown: string[] = []
  for (const given of args) {
    const asked = oneLine(given)
    const found = await explain(asked)
    if (!found) {
      unknown.push(asked.slice(0, 80))
      continue
    }
    output.record(found)
    sayExplanation((line) => output.say(line), found)
  }
  if (unknown.length === 0) return 0
  throw new CliError('cli/code-unknown', `nobody here knows ${unknown.map((one) => `"${one}"`).join(', ')}`, {
    fix: 'give the AADSTS number of the page, the code of a Graph error, or the code in brackets of a letterlock error',
  })
}

async function explainLog({ output }: Invocation, source: string): Promise<number> {
  const { readLog } = await import('../doctor/read-log.ts')
  const found = await readLog(source === '-' ? process.stdin : source)
  for (const one of found) {
    output.record(one)
    sayExplanation((line) => output.say(line), one)
    const id = one.correlationId === undefined ? '' : `; correlation ID ${one.correlationId}`
    output.say(
      `  in log   ${one.times === 1 ? 'once' : `${one.times} times`}, first on line ${one.firstLine}${id}`,
    )
  }
  if (found.length === 0) output.say('no code that is known here stands in this log')
  return 0
}

/** Looks at everything that may be looked at, from the machine up to the mailbox. */
async function examine(invocation: Invocation<DoctorFlags>): Promise<number> {
  const { output, home } = invocation
  const findings: Finding[] = []
  const tell = (some: readonly Finding[]): void => {
    findings.push(...some)
    for (const one of some) tellFinding(output, one)
  }
  const [{ checkFiles, checkLoopback }, { readSettings }] = await Promise.all([
    import('../doctor/checks/machine.ts'),
    import('../settings.ts'),
  ])
  const saved = readSettings(home).registration
  tell(checkFiles(home))
  tell(await checkLoopback(saved?.redirectUri ?? 'http://localhost:9999/Callback'))
  const cloudName = await examineAccount(invocation, tell, saved?.cloud)
  if (cloudName !== undefined) {
    const { checkRegistration } = await import('../doctor/checks/registration.ts')
    tell(await checkRegistration(invocation, cloudName))
  }
  const count = (level: Finding['level'], one: string, many = one): string => {
    const { length } = findings.filter((one) => one.level === level)
    return `${length} ${length === 1 ? one : many}`
  }
  output.say(
    [
      count('problem', 'problem', 'problems'),
      count('warning', 'warning', 'warnings'),
      count('not-checked', 'not checked'),
      count('ok', 'fine'),
    ].join(', '),
  )
  return exitCodeOf(findings)
}

/** Returns the name of the cloud that answers, undefined when none does. */
async function examineAccount(
  invocation: Invocation<DoctorFlags>,
  tell: (some: readonly Finding[]) => void,
  savedCloud: string | undefined,
): Promise<string | undefined> {
  const [{ checkNetwork }, { askedCloud, resolveCloud }, { chooseAccount }, { openVault }] =
    await Promise.all([
      import('../doctor/checks/network.ts'),
      import('../resolve-cloud.ts'),
      import('../connect.ts'),
      import('../../signin/index.ts'),
    ])
  const { existsSync } = await import('node:fs')
  const { home, flags } = invocation
  if (!existsSync(home.dir) && flags.account === undefined) {
    tell([fine('account', 'nothing is set up yet: letterlock tour shows it, letterlock setup begins')])
    return undefined
  }
  const vault = openVault(home.vaultDir)
  try {
    const account =
      vault.list().length === 0 && flags.account === undefined ? undefined : chooseAccount(invocation, vault)
    const cloudName = askedCloud(flags) ?? account?.cloud.name ?? savedCloud ?? 'local'
    const isOwn = cloudName === account?.cloud.name && cloudName !== 'local'
    tell(await checkNetwork(isOwn ? account.cloud : resolveCloud(home, cloudName)))
    if (account) {
      const { checkAccount } = await import('../doctor/checks/account.ts')
      tell(await checkAccount(invocation, vault, account))
    } else
      tell([
        await problemOf(
          'account',
          new CliError('cli/not-signed-in', 'no account is signed in', { fix: 'letterlock login' }),
        ),
      ])
    return cloudName
  } catch (error) {
    tell([await problemOf('account', error)])
    return undefined
  } finally {
    vault.close()
  }
}
