// Stands in for `az` on the PATH of a real shell: the Graph calls that Azure CLI documents for these commands.
// Source: Azure CLI reference, az ad app create, az ad user, az rest; azure-cli role module.
import { readFileSync } from 'node:fs'

const origin = process.env['REPLAY_ORIGIN']!
const token = process.env['REPLAY_TOKEN']!
const words = process.argv.slice(2)

async function graph(method: string, url: string, body?: string): Promise<unknown> {
  const reply = await fetch(url.replace('https://graph.microsoft.com', origin), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** `--query` of the two forms the recipes use, and `--output tsv`. */
function print(answer: unknown, query: string | undefined): void {
  if (answer === undefined) return
  if (query === undefined) return console.log(JSON.stringify(answer))
  const [, rows, column] = /^(\w+)\[\]\.(\w+)$/.exec(query) ?? []
  const values = rows
    ? (answer as Record<string, Record<string, string>[]>)[rows]!.map((one) => one[column!]!)
    : [(answer as Record<string, string>)[query]!]
  for (const value of values) console.log(value)
}

/** Azure CLI's reading of words: `@file` and `x=@file` are read from disk; what begins with `-` is an option; several values may follow one. */
function optionsOf(args: readonly string[]): Map<string, string[]> {
  const options = new Map<string, string[]>()
  let values: string[] | undefined
  for (const word of args.map(expanded)) {
    if (word.startsWith('-')) options.set(word, (values = []))
    else if (values) values.push(word)
    else throw new Error(`az takes no such word here: ${word}`)
  }
  return options
}

function expanded(word: string): string {
  const load = (part: string): string => {
    if (!part.startsWith('@')) return part
    try {
      return readFileSync(part.slice(1), 'utf8')
    } catch {
      return part
    }
  }
  const at = word.indexOf('=')
  return at < 0 ? load(word) : word.slice(0, at + 1) + load(word.slice(at + 1))
}

const taken = new Set(['--query', '--output', '--method', '--url', '--body', '--display-name', '--sign-in-audience', '--is-fallback-public-client', '--public-client-redirect-uris', '--web-redirect-uris', '--required-resource-accesses']) // prettier-ignore

function readOptions(args: readonly string[]): (name: string) => string | undefined {
  const options = optionsOf(args)
  for (const name of options.keys()) if (!taken.has(name)) throw new Error(`az has no option ${name} here`)
  return (name) => {
    const values = options.get(`--${name}`)
    if (values && values.length !== 1) throw new Error(`--${name} takes one value`)
    return values?.[0]
  }
}

async function rest(args: readonly string[]): Promise<void> {
  const one = readOptions(args)
  print(await graph(one('method')!, one('url')!, one('body')), one('query'))
}

async function createApp(args: readonly string[]): Promise<void> {
  const one = readOptions(args)
  const all = optionsOf(args)
  const body = {
    displayName: one('display-name'),
    signInAudience: one('sign-in-audience'),
    isFallbackPublicClient: one('is-fallback-public-client') === 'true',
    publicClient: { redirectUris: all.get('--public-client-redirect-uris') ?? [] },
    web: { redirectUris: all.get('--web-redirect-uris') ?? [] },
    requiredResourceAccess: JSON.parse(one('required-resource-accesses') ?? '[]') as unknown,
  }
  print(
    await graph('POST', 'https://graph.microsoft.com/v1.0/applications', JSON.stringify(body)),
    one('query'),
  )
}

switch (words.slice(0, 3).join(' ')) {
  case 'login --tenant contoso.example':
    break
  case 'ad app create':
    await createApp(words.slice(3))
    break
  default:
    if (words[0] !== 'rest') throw new Error(`not replayed: az ${words.join(' ')}`)
    await rest(words.slice(1))
}
