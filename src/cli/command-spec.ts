// What a command's words are made of.
import type { CommandModule } from './invocation.ts'

export type FlagSpec =
  | { readonly kind: 'switch'; readonly brief: string; readonly hidden?: true }
  | {
      readonly kind: 'text' | 'number'
      readonly brief: string
      readonly placeholder: string
      readonly hidden?: true
    }

export interface CommandSpec {
  readonly brief: string
  readonly examples: readonly [string, string]
  readonly flags?: Readonly<Record<string, FlagSpec>>
  readonly args?: readonly ArgSpec[]
  load(): Promise<CommandModule>
}

export interface ArgSpec {
  readonly name: string
  readonly brief: string
  readonly optional?: true
  /** Takes all that follows; only the last one can. At least one word, unless optional. */
  readonly rest?: true
}

export interface CommandGroup {
  readonly brief: string
  /** The command that runs when none is named. */
  readonly byDefault?: string
  readonly commands: Readonly<Record<string, CommandSpec | CommandGroup>>
}

export const on = (brief: string): FlagSpec => ({ kind: 'switch', brief })
export const text = (placeholder: string, brief: string): FlagSpec => ({ kind: 'text', brief, placeholder })
export const number = (placeholder: string, brief: string): FlagSpec => ({
  kind: 'number',
  brief,
  placeholder,
})
