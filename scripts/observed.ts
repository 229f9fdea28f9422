// How tests are run so that what they saw is kept for docs/fidelity.md.
import { fileURLToPath } from 'node:url'

/** Never committed; each test file's last run. */
export const observedFolder = fileURLToPath(new URL('../node_modules/.cache/observed', import.meta.url))

/** Arguments of node, and the environment, for a run whose tests are observed. */
export function observing(folder = observedFolder): { args: string[]; env: Record<string, string> } {
  const preload = new URL('../conformance/fidelity/observe.ts', import.meta.url).href
  return { args: ['--import', preload], env: { LETTERLOCK_OBSERVED: folder } }
}
