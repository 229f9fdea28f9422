// Writes the committed messages: `node examples/mail/make.ts`. The same bytes every time; mail.test.ts compares.
import { writeFileSync } from 'node:fs'
import { answered } from './source/answered.ts'
import { inScopeUnanswered } from './source/in-scope-unanswered.ts'
import type { Letter } from './source/letter.ts'
import { toBytes } from './source/mime.ts'
import { outside } from './source/outside.ts'

export type { Fate, Letter } from './source/letter.ts'

/** Every committed message with what examples/invoices.flow.ts should make of it. The large one is in make-large.ts. */
export const letters: readonly Letter[] = [...answered, ...inScopeUnanswered, ...outside]

/** A letter's bytes, as in its file. */
export function bytesOf(letter: Letter): Uint8Array {
  return toBytes(letter.content)
}

if (import.meta.main) {
  for (const letter of letters) writeFileSync(new URL(letter.file, import.meta.url), bytesOf(letter))
  console.log(`${letters.length} messages written`)
}
