import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Flow } from './contract.ts'
import { isFlow } from './define-flow.ts'
import { FlowError } from './flow-error.ts'

let isHooked = false

/** A flow file may lie anywhere: `letterlock` is resolved to this very package. */
function hookResolution(): void {
  if (isHooked) return
  isHooked = true
  const frontDoor = new URL('../index.ts', import.meta.url).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'letterlock' ? { url: frontDoor, shortCircuit: true } : next(specifier, context),
  })
}

/**
 * Imports a flow file. The file's code runs, with all that its user may do.
 *
 * @throws {FlowError} `flow/file-not-found`, `flow/file-broken`, `flow/not-a-flow`; and what `defineFlow` throws
 */
export async function loadFlow(file: string): Promise<Flow> {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new FlowError('flow/file-not-found', `there is no flow file ${file}`, {
      fix: 'Check the path of the flow file.',
    })
  }
  hookResolution()
  const module = await importFile(file, path)
  if (!isFlow(module.default)) {
    throw new FlowError('flow/not-a-flow', `${file} has no flow as its default export`, {
      fix: 'End the file with: export default defineFlow({ … })',
    })
  }
  return module.default
}

async function importFile(file: string, path: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(path).href)) as { default?: unknown }
  } catch (cause) {
    if (cause instanceof FlowError) throw cause
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new FlowError('flow/file-broken', `${file} cannot be loaded: ${why}`, {
      cause,
      fix: 'Correct the flow file.',
    })
  }
}
