import { type FunctionText, type ModuleText, readModuleText } from './functions.ts'
import type { ReadModule } from './read-flow-text.ts'
import { closingOf, isName, isSign, partsOf, type Range, type Token } from './tokens.ts'

/** The verbs of a flow's steps. */
export const stepVerbs = ['saveAttachments', 'run', 'reply', 'forward', 'send', 'move', 'markRead', 'flag', 'categorise', 'delete', 'skip'] as const // prettier-ignore

export type StepVerb = (typeof stepVerbs)[number]

export interface StepUse {
  readonly file: string
  readonly line: number
  readonly verb: StepVerb
  /** The step's own name, where it is written as a text. */
  readonly step: string | undefined
}

export interface Unseen {
  readonly file: string
  readonly line: number
  readonly why: string
}

/** Follows the steps object through a flow's functions and notes what is called on it. Looks into every branch. */
export class StepFollower {
  readonly uses: StepUse[] = []
  readonly unseen: Unseen[] = []
  readonly #readModule: ReadModule
  readonly #modules = new Map<string, ModuleText | undefined>()
  readonly #visited = new Set<string>()

  constructor(readModule: ReadModule) {
    this.#readModule = readModule
  }

  followParameter(module: ModuleText, work: FunctionText, index: number): void {
    const parameter = work.parameters[index]
    const key = `${module.file} ${work.body.from} ${index}`
    if (!parameter || this.#visited.has(key)) return
    this.#visited.add(key)
    const first = module.tokens[parameter.from]
    if (isSign(first, '{')) this.#destructured(module, parameter.from)
    else if (isSign(first, '...')) this.#miss(module, parameter.from, 'the steps are taken with ...')
    else if (first) this.#follow(module, first.value, work.body)
  }

  /** The function of that name, here or in the module it is imported from. */
  resolve(
    module: ModuleText,
    name: string,
    member?: string,
  ): { module: ModuleText; function: FunctionText } | undefined {
    const own = member === undefined ? module.functions.get(name) : undefined
    if (own) return { module, function: own }
    const imported = module.imports.get(name)
    if (!imported?.from.startsWith('.') || (imported.name === '*') !== (member !== undefined))
      return undefined
    const other = this.#load(module, imported.from)
    const found = other?.functions.get(member ?? imported.name)
    return other && found && { module: other, function: found }
  }

  #load(module: ModuleText, specifier: string): ModuleText | undefined {
    const read = this.#readModule(specifier, module.file)
    if (!read) return undefined
    if (!this.#modules.has(read.file)) this.#modules.set(read.file, readModuleText(read.file, read.text))
    return this.#modules.get(read.file)
  }

  #follow(module: ModuleText, name: string, range: Range): void {
    for (let at = range.from; at < range.to; at++) {
      if (isName(module.tokens[at], name) && !isSign(module.tokens[at - 1], '.', '?.'))
        this.#meet(module, at, range)
    }
  }

  /** One place where the steps object stands. */
  #meet(module: ModuleText, at: number, range: Range): void {
    const { tokens } = module
    const [before, after] = [tokens[at - 1], tokens[at + 1]]
    if (isSign(after, '.', '?.')) return this.#use(module, at + 2)
    if (isSign(after, ':') && isSign(before, '{', ',')) return
    if (isSign(after, '[')) return this.#miss(module, at, 'a step is chosen by a computed name')
    if (isSign(before, '=')) return this.#alias(module, at, range)
    if (isSign(before, '(', ',') && isSign(after, ')', ',')) return this.#handOn(module, at)
    if (isName(before, 'typeof')) return
    this.#miss(module, at, `${tokens[at]!.value} is used in a way that is not followed`)
  }

  #use(module: ModuleText, at: number): void {
    const { tokens } = module
    const verb = tokens[at]
    if (!verb || !isVerb(verb.value)) return
    const argument = isSign(tokens[at + 1], '(') ? tokens[at + 2] : undefined
    const step = argument?.kind === 'text' && verb.value !== 'skip' ? argument.value : undefined
    this.uses.push({ file: module.file, line: verb.line, verb: verb.value, step })
  }

  #alias(module: ModuleText, at: number, range: Range): void {
    const { tokens } = module
    const target = tokens[at - 2]
    if (isName(target) && isName(tokens[at - 3], 'const', 'let', 'var'))
      return this.#follow(module, target!.value, { from: at + 1, to: range.to })
    let open = at - 2
    if (isSign(target, '}')) while (open > range.from && closingOf(tokens, open) !== at - 2) open--
    if (isSign(tokens[open], '{')) this.#destructured(module, open)
    else this.#miss(module, at, 'the steps are kept in a variable')
  }

  #destructured(module: ModuleText, open: number): void {
    for (const part of partsOf(module.tokens, open)) {
      const key = module.tokens[part.from]
      if (isSign(key, '...')) this.#miss(module, part.from, 'the steps are taken with ...')
      else if (key && isVerb(key.value))
        this.uses.push({ file: module.file, line: key.line, verb: key.value, step: undefined })
    }
  }

  #handOn(module: ModuleText, at: number): void {
    const { tokens } = module
    let open = at - 1
    while (open > 0 && !(isSign(tokens[open], '(') && closingOf(tokens, open) > at)) open--
    const callee = tokens[open - 1]
    const index = partsOf(tokens, open).findIndex((part) => part.from <= at && at < part.to)
    const isMember = isSign(tokens[open - 2], '.', '?.')
    const owner = tokens[open - 3]
    const found = isMember
      ? isName(owner) && !isSign(tokens[open - 4], '.', '?.')
        ? this.resolve(module, owner!.value, callee?.value)
        : undefined
      : isName(callee)
        ? this.resolve(module, callee!.value)
        : undefined
    if (found) this.followParameter(found.module, found.function, index)
    else this.#miss(module, at, `the steps are handed to ${nameOf(callee)}, whose text was not found`)
  }

  #miss(module: ModuleText, at: number, why: string): void {
    this.unseen.push({ file: module.file, line: module.tokens[at]?.line ?? 1, why })
  }
}

function isVerb(value: string): value is StepVerb {
  return (stepVerbs as readonly string[]).includes(value)
}

function nameOf(token: Token | undefined): string {
  return isName(token) ? token!.value : 'a function'
}
