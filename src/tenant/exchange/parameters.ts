// The parameters of a cmdlet as the module sends them: names in any letter case, texts, lists and switches.
import { CmdletFailure } from './failures.ts'

/** Taken by every cmdlet and without effect here: the module sends them along. */
const common = new Set(['erroraction', 'warningaction', 'verbose', 'debug', 'confirm', 'resultsize', 'force'])

export type Parameters = ReturnType<typeof readParameters>

/** @throws {CmdletFailure} `parameter-unknown`, `argument-wrong` */
export function readParameters(given: Readonly<Record<string, unknown>>, known: readonly string[]) {
  const values = new Map<string, unknown>()
  const cleared = new Set<string>()
  for (const [name, value] of Object.entries(given)) {
    const plain = name.toLowerCase()
    if (common.has(plain)) continue
    if (plain === 'whatif')
      throw new CmdletFailure('not-modelled', 'The local tenant does not model -WhatIf.')
    if (!known.some((one) => one.toLowerCase() === plain))
      throw new CmdletFailure(
        'parameter-unknown',
        `A parameter cannot be found that matches parameter name '${name.slice(0, 64)}'.`,
      )
    if (value === null || value === undefined || value === '') cleared.add(plain)
    else values.set(plain, value)
  }
  const get = (name: string): unknown => values.get(name.toLowerCase())
  const wrong = (name: string): CmdletFailure =>
    new CmdletFailure('argument-wrong', `Cannot process argument transformation on parameter '${name}'.`)
  const text = (name: string): string | undefined => {
    const value = get(name)
    if (value === undefined) return undefined
    // A reference is sent as its text, or as an object that has one.
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw wrong(name)
  }
  return {
    has: (name: string): boolean => values.has(name.toLowerCase()),
    /** Named with nothing: `-CustomAttribute1 $null`. */
    clears: (name: string): boolean => cleared.has(name.toLowerCase()),
    text,
    required(name: string): string {
      const value = text(name)
      if (value === undefined)
        throw new CmdletFailure(
          'parameter-unknown',
          `Cannot process command because of one or more missing mandatory parameters: ${name}.`,
        )
      return value
    },
    /** One text, several with commas, or a list. */
    list(name: string): string[] {
      const value = get(name)
      if (value === undefined) return []
      if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value as string[]
      return text(name)!.split(',').map((one) => one.trim()) // prettier-ignore
    },
    flag(name: string): boolean | undefined {
      const value = get(name)
      if (value === undefined || typeof value === 'boolean') return value
      if (/^\$?(true|false)$/i.test(String(value))) return /true/i.test(String(value))
      throw wrong(name)
    },
  }
}
