// What the tenant can answer: its calls from the routers, its errors and what it names as not modelled from its own source.
import { globSync, readFileSync } from 'node:fs'
import { entraErrors } from '../../src/facts/entra-errors.ts'
import { startTenant, type ServedRoute } from '../../src/tenant/index.ts'

const root = new URL('../..', import.meta.url)

export interface Answerable {
  readonly routes: readonly ServedRoute[]
  /** AADSTS numbers that stand in the tenant's source. */
  readonly aadsts: readonly number[]
  /** `403 Authorization_RequestDenied` */
  readonly graphErrors: readonly string[]
  readonly notModelled: readonly string[]
}

export async function readAnswerable(): Promise<Answerable> {
  await using tenant = await startTenant()
  const sources = globSync('src/tenant/**/*.ts', { cwd: root })
    // The sign-in log repeats numbers that others answered.
    .filter((file) => !/(\.(test|fixture)|sign-in-log|applied-policies)\.ts$/.test(file))
    .map((file) => withoutComments(readFileSync(new URL(file, root), 'utf8')))
    .join('\n')
  return {
    routes: tenant.routes(),
    aadsts: found(sources, /(?<![\w.'-])(\d{1,2}_)?\d{4,8}(?![\w.'])/g)
      .map((text) => Number(text.replaceAll('_', '')))
      .filter((code) => entraErrors.has(code))
      .sort((a, b) => a - b),
    graphErrors: [...sources.matchAll(/(?:GraphFailure|fail|refuse)\(\s*(\d{3}),\s*'([\w-]+(?:--\w+)?)'/g)]
      .map(([, status, code]) => `${status} ${code}`)
      .filter((one, index, all) => all.indexOf(one) === index)
      .filter((one) => one !== '501 NotImplemented')
      .sort(),
    notModelled: [...sources.matchAll(/notModelled\(\s*(['`])(.+?)\1/g)]
      .map(([, , name]) => name!.replaceAll(/\$\{[^}]*\}/g, '…'))
      .filter((one, index, all) => all.indexOf(one) === index)
      .sort(),
  }
}

const found = (text: string, pattern: RegExp): string[] => [...new Set(text.match(pattern) ?? [])]
const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
