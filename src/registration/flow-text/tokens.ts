// A flow file as a row of tokens: enough to find calls in it without running it. Not a parser: it judges no syntax.

export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'pattern' | 'sign'
  /** A text without its quotes; `…` stands for what a template fills in. */
  readonly value: string
  /** Counted from 1. */
  readonly line: number
}

const gap = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y
const name = /[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy
const number = /\.?\d[\w.]*/y
const quoted = /'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?/y
const pattern = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const template = /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)?/y
const sign = /=>|\?\.(?!\d)|\.\.\.|[\s\S]/y

/** Words after which a slash begins a pattern. */
const beforePattern = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void', 'await', 'yield', 'throw', 'new', 'delete']) // prettier-ignore

/** Cuts a text of TypeScript or JavaScript into tokens; whatever it holds, it ends. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  /** What each open brace is: true where it belongs to a template. */
  const braces: boolean[] = []
  let at = 0
  let line = 1
  const take = (form: RegExp): string | undefined => {
    form.lastIndex = at
    const found = form.exec(text)?.[0]
    return found === '' ? undefined : found
  }
  const push = (kind: Token['kind'], found: string, value = found): void => {
    tokens.push({ kind, value, line })
    pass(found)
  }
  const pass = (found: string): void => {
    at += found.length
    line += found.split('\n').length - 1
  }
  while (at < text.length) {
    const space = take(gap)
    if (space !== undefined) {
      pass(space)
      continue
    }
    const char = text[at]!
    if (char === '`' || (char === '}' && braces.at(-1) === true)) {
      const found = take(template)!
      if (char === '}') braces.pop()
      if (found.endsWith('${')) braces.push(true)
      push('text', found, templateText(found))
      continue
    }
    const last = tokens.at(-1)
    const mayBePattern = char === '/' && !endsValue(last)
    const found = take(quoted) ?? (mayBePattern ? take(pattern) : undefined)
    if (found !== undefined) {
      push(char === '/' ? 'pattern' : 'text', found, char === '/' ? found : unquoted(found))
      continue
    }
    const word = take(name) ?? take(number)
    if (word !== undefined) {
      push(/^[.\d]/.test(word) ? 'number' : 'name', word)
      continue
    }
    if (char === '{') braces.push(false)
    else if (char === '}') braces.pop()
    push('sign', take(sign)!)
  }
  return tokens
}

function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === 'sign') return token.value === ')' || token.value === ']' || token.value === '}'
  return !(token.kind === 'name' && beforePattern.has(token.value))
}

function templateText(found: string): string {
  const inner = found.slice(1).replace(/`$/, '')
  return unescaped(inner.replace(/\$\{$/, '…'))
}

function unquoted(found: string): string {
  return unescaped(found.slice(1, found.length > 1 && found.at(-1) === found[0] ? -1 : undefined))
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', '0': '\0' }

function unescaped(text: string): string {
  return text.replace(
    /\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|([\s\S]))/gi,
    (_, a, b, c, other) => {
      const code = Number.parseInt(a ?? b ?? c ?? '', 16)
      if (code <= 0x10ffff) return String.fromCodePoint(code)
      return other === undefined ? '' : other === '\n' ? '' : (escapes[other as string] ?? (other as string))
    },
  )
}

/** The index of the bracket that closes the one at `open`; the end where none does. */
export function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (isSign(tokens[at], '(', '[', '{')) depth++
    else if (isSign(tokens[at], ')', ']', '}') && --depth === 0) return at
  }
  return tokens.length
}

export interface Range {
  readonly from: number
  /** Not included. */
  readonly to: number
}

/** What stands between the brackets at `open`, cut at the commas that are not nested deeper. */
export function partsOf(tokens: readonly Token[], open: number): Range[] {
  const end = closingOf(tokens, open)
  const parts: Range[] = []
  let from = open + 1
  for (let at = open + 1; at < end; at++) {
    if (isSign(tokens[at], '(', '[', '{')) at = closingOf(tokens, at)
    else if (isSign(tokens[at], ',')) {
      parts.push({ from, to: at })
      from = at + 1
    }
  }
  return from < end ? [...parts, { from, to: end }] : parts
}

export function isSign(token: Token | undefined, ...values: string[]): boolean {
  return token?.kind === 'sign' && values.includes(token.value)
}

export function isName(token: Token | undefined, ...values: string[]): boolean {
  return token?.kind === 'name' && (values.length === 0 || values.includes(token.value))
}
