import type { InspectOptions } from 'node:util'

/** Holds a token, code verifier or client secret so that printing it, by any usual way, shows `[secret]`. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  /** The value itself. Searched for in review: call it only where the value goes on the wire or into the vault. */
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [Symbol.toPrimitive](): string {
    return '[secret]'
  }
  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, _options: InspectOptions): string {
    return '[secret]'
  }
}
