// The command table as a @stricli/core application: parsing, help, "did you mean".
import {
  type Application,
  buildApplication,
  buildCommand,
  buildRouteMap,
  type Command,
  type CommandContext,
  formatMessageForArgumentScannerError,
  ArgumentScannerError,
  numberParser,
  type RouteMap,
  text_en,
} from '@stricli/core'
import {
  type CommandGroup,
  type CommandSpec,
  commandTable,
  commonFlags,
  type FlagSpec,
} from './command-table.ts'
import { type CommonFlags, runCommand } from './invocation.ts'

export interface LetterlockContext extends CommandContext {
  /** Takes the exit code of the command that ran. */
  setExitCode(code: number): void
}

/** @param inputs What was typed: of the table only what it leads to is built, which is most of the way to a quick start. */
export function buildLetterlock(
  version: () => Promise<string>,
  inputs: readonly string[] = [],
): Application<LetterlockContext> {
  return buildApplication(routesOf(onTheWay(commandTable, inputs)), {
    name: 'letterlock',
    versionInfo: { getCurrentVersion: version },
    scanner: {
      caseStyle: 'allow-kebab-for-camel',
      allowArgumentEscapeSequence: true,
      distanceOptions: {
        threshold: 3,
        weights: { insertion: 1, deletion: 3, substitution: 2, transposition: 0 },
      },
    },
    documentation: {
      caseStyle: 'convert-camel-to-kebab',
      useAliasInUsageLine: false,
      onlyRequiredInUsageLine: true,
    },
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: ({ input, corrections }) => {
          const meant = corrections.length > 0 ? `try ${corrections.join(' or ')}` : 'letterlock --help'
          return `letterlock: there is no command "${printable(input)}" (cli/usage)\ndo this: ${meant}`
        },
        exceptionWhileParsingArguments: (error) => {
          const why =
            error instanceof ArgumentScannerError
              ? formatMessageForArgumentScannerError(error, {})
              : String(error)
          return `letterlock: ${printable(lowerFirst(why))} (cli/usage)\ndo this: add --help to see how it is used`
        },
      },
    },
  })
}

/** The table without what was not asked for; whole where the next word is no command, so that help and near misses know all. */
function onTheWay(group: CommandGroup, [word = '', ...rest]: readonly string[]): CommandGroup {
  const named = Object.hasOwn(group.commands, word) ? group.commands[word] : undefined
  if (!named) return group
  const next = 'commands' in named ? onTheWay(named, rest) : named
  return { brief: group.brief, commands: { [word]: next } }
}

function routesOf(group: CommandGroup): RouteMap<LetterlockContext> {
  const routes: Record<string, Command<LetterlockContext> | RouteMap<LetterlockContext>> = {}
  for (const [name, one] of Object.entries(group.commands))
    routes[name] = 'commands' in one ? routesOf(one) : commandOf(one)
  const { brief, byDefault } = group
  return buildRouteMap({ routes, docs: { brief }, ...(byDefault && { defaultCommand: byDefault }) })
}

function commandOf(spec: CommandSpec): Command<LetterlockContext> {
  const flags = Object.entries({ ...spec.flags, ...commonFlags } as Record<string, FlagSpec>)
  const rest = spec.args?.at(-1)?.rest ? spec.args.at(-1) : undefined
  const args = (spec.args ?? []).map((arg) => {
    return { brief: arg.brief, placeholder: arg.name, parse: String, optional: arg.optional === true }
  })
  return buildCommand({
    async func(this: LetterlockContext, given: CommonFlags, ...words: string[]): Promise<void> {
      const used = words.filter((word) => word !== undefined)
      this.setExitCode(await runCommand(() => spec.load(), given, used))
    },
    parameters: {
      flags: Object.fromEntries(flags.map(([name, flag]) => [name, flagOf(flag)])),
      positional: rest
        ? { kind: 'array', parameter: args.at(-1), ...(!rest.optional && { minimum: 1 }) }
        : { kind: 'tuple', parameters: args },
    },
    docs: {
      brief: spec.brief,
      fullDescription: [spec.brief, '', 'Examples:', ...spec.examples.map((one) => `  ${one}`)].join('\n'),
    },
    // Flags and arguments come out of a table: their types are what each command's module says.
  } as never)
}

function flagOf(flag: FlagSpec): object {
  const common = { brief: flag.brief, optional: true, ...(flag.hidden && { hidden: true }) }
  if (flag.kind === 'switch') return { kind: 'boolean', withNegated: false, ...common }
  const parse = flag.kind === 'number' ? numberParser : String
  return { kind: 'parsed', parse, placeholder: flag.placeholder, ...common }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What was typed may hold escapes too. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}
