// An oxlint plugin: writes each file's imports as one JSON line to the file named by LETTERLOCK_IMPORTS_OUT.
// It reports nothing to oxlint, so that no disable comment can hide an import.
import { appendFileSync } from 'node:fs'

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}
interface Context {
  readonly filename: string
  readonly sourceCode: { getAllComments(): { value: string }[] }
}
type Visitor = Record<string, (node: Node) => void>

/** The text of a literal or of a template without holes; null when it is computed. */
function literalText(node: unknown): string | null {
  const { type, value, quasis, expressions } = (node ?? {}) as Node & {
    quasis?: { value: { cooked: string } }[]
    expressions?: unknown[]
  }
  if (type === 'Literal' && typeof value === 'string') return value
  if (type === 'TemplateLiteral' && expressions?.length === 0) return quasis?.[0]?.value.cooked ?? null
  return null
}

/** `require(x)`, `anything.require(x)` and `createRequire(…)(x)`. */
function isRequire(callee: unknown): boolean {
  const node = (callee ?? {}) as Node & { name?: string; property?: { name?: string }; callee?: Node }
  if (node.type === 'Identifier') return node.name === 'require'
  if (node.type === 'MemberExpression') return node.property?.name === 'require'
  return (
    node.type === 'CallExpression' && (node.callee as { name?: string } | undefined)?.name === 'createRequire'
  )
}

function create(context: Context): Visitor {
  const imports: { kind: string; specifier: string | null }[] = []
  const add = (kind: string, source: unknown): void =>
    void imports.push({ kind, specifier: literalText(source) })
  return {
    Program() {
      for (const { value } of context.sourceCode.getAllComments()) {
        const path = /^\/\s*<reference\s[^>]*\b(?:path|types)\s*=\s*["']([^"']*)["']/.exec(value)?.[1]
        if (path !== undefined) imports.push({ kind: 'reference', specifier: path })
      }
    },
    ImportDeclaration: (node) => add('import', node.source),
    ExportNamedDeclaration: (node) => void (node.source && add('export', node.source)),
    ExportAllDeclaration: (node) => add('export', node.source),
    ImportExpression: (node) => add('import()', node.source),
    TSImportType: (node) => add('import type', node.source ?? node.argument),
    TSExternalModuleReference: (node) => add('import =', node.expression),
    CallExpression: (node) =>
      void (isRequire(node.callee) && add('require', (node.arguments as unknown[])[0])),
    'Program:exit': () =>
      appendFileSync(
        process.env.LETTERLOCK_IMPORTS_OUT!,
        `${JSON.stringify({ file: context.filename, imports })}\n`,
      ),
  }
}

export default { meta: { name: 'letterlock' }, rules: { imports: { create } } }
