// Functions and imports of one file, found among its tokens.
import { closingOf, isName, isSign, partsOf, type Range, type Token, tokensOf } from './tokens.ts'

export interface FunctionText {
  readonly parameters: readonly Range[]
  readonly body: Range
}

export interface ModuleText {
  readonly file: string
  readonly tokens: readonly Token[]
  readonly functions: ReadonlyMap<string, FunctionText>
  /** Local name → where it comes from; `*` is the whole module. */
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>
}

export function readModuleText(file: string, text: string): ModuleText {
  const tokens = tokensOf(text)
  const functions = new Map<string, FunctionText>()
  const imports = new Map<string, { from: string; name: string }>()
  for (let at = 0; at < tokens.length; at++) {
    if (isName(tokens[at], 'import') && !isSign(tokens[at - 1], '.')) readImport(tokens, at, imports)
    const declared = readDeclaration(tokens, at)
    if (declared) functions.set(declared.name, declared.function)
  }
  return { file, tokens, functions, imports }
}

/** `function name(`, `name = (`, `name = async function (`; a function without a name is the default export. */
function readDeclaration(
  tokens: readonly Token[],
  at: number,
): { name: string; function: FunctionText } | undefined {
  if (isName(tokens[at], 'function') && !isSign(tokens[at - 1], '=')) {
    const named = isName(tokens[at + 1]) ? tokens[at + 1] : undefined
    const isDefault = isName(tokens[at - 1], 'default') || isName(tokens[at - 2], 'default')
    const found = functionAt(tokens, at)
    const name = isDefault ? 'default' : named?.value
    return found && name !== undefined ? { name, function: found } : undefined
  }
  if (!isName(tokens[at], 'const', 'let', 'var') || !isName(tokens[at + 1])) return undefined
  let equals = at + 2
  while (equals < tokens.length && !isSign(tokens[equals], '=', ';', '\n') && equals < at + 40) equals++
  const found = isSign(tokens[equals], '=') ? functionAt(tokens, equals + 1) : undefined
  return found ? { name: tokens[at + 1]!.value, function: found } : undefined
}

/** The function whose text begins at `at`: `async`, `function`, a name, its parameters, `=>` or a body. */
export function functionAt(tokens: readonly Token[], at: number): FunctionText | undefined {
  let open = at
  if (isName(tokens[open], 'async')) open++
  const isArrow = !isName(tokens[open], 'function')
  if (isArrow && isName(tokens[open]) && isSign(tokens[open + 1], '=>')) {
    return { parameters: [{ from: open, to: open + 1 }], body: bodyAt(tokens, open + 2) }
  }
  while (!isArrow && open < tokens.length && !isSign(tokens[open], '(')) open++
  return isSign(tokens[open], '(') ? parametersAndBody(tokens, open, isArrow) : undefined
}

export function parametersAndBody(
  tokens: readonly Token[],
  open: number,
  isArrow: boolean,
): FunctionText | undefined {
  const wanted = isArrow ? '=>' : '{'
  let at = closingOf(tokens, open) + 1
  // A return type may stand between; it may hold braces of its own, which a flow file hardly has.
  while (at < tokens.length && !isSign(tokens[at], wanted)) {
    if (isSign(tokens[at], ';', ',', ')')) return undefined
    at = isSign(tokens[at], '(', '[', '{') ? closingOf(tokens, at) + 1 : at + 1
  }
  if (at >= tokens.length) return undefined
  return { parameters: partsOf(tokens, open), body: bodyAt(tokens, isArrow ? at + 1 : at) }
}

function bodyAt(tokens: readonly Token[], at: number): Range {
  if (isSign(tokens[at], '{')) return { from: at + 1, to: closingOf(tokens, at) }
  let end = at
  while (end < tokens.length && !isSign(tokens[end], ',', ';', ')', '}', ']'))
    end = isSign(tokens[end], '(', '[', '{') ? closingOf(tokens, end) + 1 : end + 1
  return { from: at, to: end }
}

function readImport(
  tokens: readonly Token[],
  at: number,
  imports: Map<string, { from: string; name: string }>,
): void {
  let from = at + 1
  while (from < tokens.length && !isName(tokens[from], 'from') && tokens[from]!.kind !== 'text') from++
  const source = isName(tokens[from], 'from') ? tokens[from + 1] : undefined
  if (source?.kind !== 'text') return
  let here = at + 1
  if (isName(tokens[here]) && here < from && !isName(tokens[here], 'type')) {
    imports.set(tokens[here]!.value, { from: source.value, name: 'default' })
    here += isSign(tokens[here + 1], ',') ? 2 : 1
  }
  if (isSign(tokens[here], '*') && isName(tokens[here + 2]))
    imports.set(tokens[here + 2]!.value, { from: source.value, name: '*' })
  if (!isSign(tokens[here], '{')) return
  for (const part of partsOf(tokens, here)) {
    const names = tokens.slice(part.from, part.to).filter((one) => isName(one) && one.value !== 'type')
    const local = names.at(-1)
    if (local) imports.set(local.value, { from: source.value, name: names[0]!.value })
  }
}
