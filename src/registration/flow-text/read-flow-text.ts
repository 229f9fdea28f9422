// What a flow file does, read from its text: the file is never run, so a file from a stranger can do nothing.
import { RegistrationError } from '../registration-error.ts'
import {
  functionAt,
  type FunctionText,
  type ModuleText,
  parametersAndBody,
  readModuleText,
} from './functions.ts'
import { StepFollower, type StepUse, type Unseen } from './follow-step.ts'
import { isName, isSign, partsOf, type Range, type Token } from './tokens.ts'

export interface FlowText {
  readonly file: string
  readonly name: string
  readonly mailbox: string | undefined
  readonly signInAs: string | undefined
  readonly folder: string | undefined
  readonly whereLine: number
  /** `onFailure.move`, where there is one. */
  readonly failureMove: { readonly line: number; readonly folder: string | undefined } | undefined
  /** Every step that the text names, in branches too. */
  readonly uses: readonly StepUse[]
  /** Where the text does not tell what happens to the steps. */
  readonly unseen: readonly Unseen[]
}

/** Gives the text of a module that a flow file imports by a relative path; undefined where there is none. */
export type ReadModule = (specifier: string, from: string) => { file: string; text: string } | undefined

/**
 * Reads a flow file's text. Runs nothing of it; does no I/O but by `readModule`.
 *
 * @throws {RegistrationError} `registration/flow-unreadable`
 */
export function readFlowText(file: string, text: string, readModule: ReadModule = () => undefined): FlowText {
  const module = readModuleText(file, text)
  const { tokens } = module
  const open = tokens.findIndex((one, at) => isName(one, 'defineFlow') && isSign(tokens[at + 1], '('))
  if (open < 0 || !isSign(tokens[open + 2], '{')) {
    throw new RegistrationError('registration/flow-unreadable', `${file} holds no defineFlow({ … })`, {
      fix: 'Name a flow file that ends with: export default defineFlow({ … }).',
    })
  }
  const members = membersOf(tokens, open + 2)
  const unseen: Unseen[] = []
  const textOf = (key: string): string | undefined => {
    const member = members.get(key)
    if (!member) return undefined
    const value = literalOf(tokens, member)
    if (value === undefined)
      unseen.push({ file, line: member.line, why: `${key} is not written as a plain text` })
    return value
  }
  const where = members.get('where')
  const onFailure = members.get('onFailure')
  const follower = new StepFollower(readModule)
  const each = members.get('each')
  const work = each && eachOf(module, each, follower)
  if (!work)
    unseen.push({ file, line: each?.line ?? tokens[open]!.line, why: 'the function of each was not found' })
  else follower.followParameter(work.module, work.function, 1)
  return {
    file,
    name: textOf('name') ?? file,
    mailbox: textOf('mailbox'),
    signInAs: textOf('signInAs'),
    folder: where && literalIn(tokens, where, 'folder'),
    whereLine: (where ?? members.get('mailbox'))?.line ?? tokens[open]!.line,
    failureMove: failureMoveOf(tokens, onFailure),
    uses: follower.uses.toSorted((a, b) => a.line - b.line),
    unseen: [...unseen, ...follower.unseen],
  }
}

interface Member {
  readonly line: number
  /** The value, or for a method its parameters' bracket. */
  readonly at: number
  readonly to: number
  readonly isMethod: boolean
}

function membersOf(tokens: readonly Token[], open: number): Map<string, Member> {
  const members = new Map<string, Member>()
  for (const part of partsOf(tokens, open)) {
    const key = memberKey(tokens, part)
    const named = tokens[key]
    if (!named) continue
    const isMethod = isSign(tokens[key + 1], '(')
    const at = isSign(tokens[key + 1], ':') ? key + 2 : isMethod ? key + 1 : key
    members.set(named.value, { line: named.line, at, to: part.to, isMethod })
  }
  return members
}

function memberKey(tokens: readonly Token[], part: Range): number {
  let at = part.from
  while (at < part.to && (isSign(tokens[at], '*') || (isName(tokens[at], 'async') && isName(tokens[at + 1]))))
    at++
  return at
}

function literalOf(tokens: readonly Token[], member: Member): string | undefined {
  const [first, second] = [tokens[member.at], tokens[member.at + 1]]
  const isAlone =
    member.at + 1 === member.to || (isName(second, 'as', 'satisfies') && member.at + 3 === member.to)
  return first?.kind === 'text' && isAlone && !first.value.includes('…') ? first.value : undefined
}

function literalIn(tokens: readonly Token[], member: Member, key: string): string | undefined {
  if (!isSign(tokens[member.at], '{')) return undefined
  const inner = membersOf(tokens, member.at).get(key)
  return inner && literalOf(tokens, inner)
}

function failureMoveOf(tokens: readonly Token[], onFailure: Member | undefined): FlowText['failureMove'] {
  if (!onFailure) return undefined
  if (!isSign(tokens[onFailure.at], '{')) return { line: onFailure.line, folder: undefined }
  const move = membersOf(tokens, onFailure.at).get('move')
  return move && { line: move.line, folder: literalOf(tokens, move) }
}

function eachOf(
  module: ModuleText,
  each: Member,
  follower: StepFollower,
): { module: ModuleText; function: FunctionText } | undefined {
  const { tokens } = module
  if (each.isMethod) {
    const found = parametersAndBody(tokens, each.at, false)
    return found && { module, function: found }
  }
  const inline = functionAt(tokens, each.at)
  if (inline) return { module, function: inline }
  return isName(tokens[each.at]) ? follower.resolve(module, tokens[each.at]!.value) : undefined
}
