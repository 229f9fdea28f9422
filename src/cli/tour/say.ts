import type { DoneStep } from './steps.ts'

/** One step on the screen: its number, the seed's words, and what proves it. */
export function sayStep(say: (line: string) => void, step: DoneStep): void {
  say(`${String(step.number).padStart(2)}  ${step.seed}`)
  for (const proof of step.proof) if (proof !== '') say(`      ${proof}`)
}
