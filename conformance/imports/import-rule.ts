// The import rule of design §2: cli > fleet > flow > registration, mail > graph > signin > facts; tenant imports facts only.
import { posix } from 'node:path'
import type { FoundImport } from './read-imports.ts'

const mayImport: Readonly<Record<string, readonly string[]>> = {
  facts: [],
  signin: ['facts'],
  graph: ['signin', 'facts'],
  mail: ['graph', 'signin', 'facts'],
  registration: ['graph', 'signin', 'facts'],
  flow: ['registration', 'mail', 'graph', 'signin', 'facts'],
  fleet: ['flow', 'registration', 'mail', 'graph', 'signin', 'facts'],
  cli: ['fleet', 'flow', 'registration', 'mail', 'graph', 'signin', 'facts'],
  tenant: ['facts'],
  'index.ts': ['flow', 'registration', 'mail', 'graph', 'signin', 'facts'],
}
/** Only these import by a computed path: a person's flow file (design §7), and the tour's large message of examples/mail. */
const mayCompute = new Set(['src/flow/load-flow.ts', 'src/cli/tour/import-mail.ts'])
/** Client and tenant share no protocol code: what one is built on, the other may not use (docs/adr/0003). */
const oneSided: Readonly<Record<string, 'client' | 'tenant'>> = {
  oauth4webapi: 'client',
  jose: 'tenant',
  hono: 'tenant',
  '@hono/node-server': 'tenant',
}
const ownNames: Readonly<Record<string, string>> = {
  letterlock: 'src/index.ts',
  'letterlock/tenant': 'src/tenant/index.ts',
}

/** Why the import is forbidden, or undefined when it is allowed. */
export function judgeImport(found: FoundImport): string | undefined {
  const { file, specifier } = found
  const part = partOf(file)
  if (!(part in mayImport)) return `${file}: ${part} is not a part the rule knows`
  if (specifier === null)
    return mayCompute.has(file) || isTest(file)
      ? undefined
      : `${file}: a computed ${found.kind} cannot be judged`
  const target = targetOf(file, specifier)
  if (target === undefined) return judgePackage(file, part, specifier)
  if (!target.startsWith('src/')) return isTest(file) ? undefined : `${file}: ${specifier} lies outside src`
  if (isTest(target) && !isTest(file)) return `${file}: ${specifier} is a test's file`
  const wanted = partOf(target)
  if (wanted === part || mayImport[part]!.includes(wanted)) return undefined
  if (wanted === 'tenant' && isTest(file)) return undefined
  return `${file}: ${part} may not import ${wanted} (${found.kind} ${specifier})`
}

/** The part a file of src belongs to; a file directly in src is a part by its own name. */
function partOf(file: string): string {
  return file.split('/')[1] ?? ''
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier in ownNames) return ownNames[specifier]
  if (/^\.{1,2}(\/|$)/.test(specifier)) return posix.join(posix.dirname(file), specifier)
  return /^(\/|file:|data:|https?:|#|[A-Za-z]:\\)/.test(specifier) ? specifier : undefined
}

function judgePackage(file: string, part: string, specifier: string): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const side = oneSided[name]
  if (name === 'letterlock') return `${file}: ${specifier} is not one of the package's doors`
  if (side === undefined || isTest(file) || (side === 'tenant') === (part === 'tenant')) return undefined
  return `${file}: ${name} is the ${side}'s; ${part} must not share it`
}

/** Tests, and what only tests use, may also start the tenant. */
function isTest(file: string): boolean {
  return /\.(test|fixture)\.[mc]?[tj]sx?$/.test(file)
}
