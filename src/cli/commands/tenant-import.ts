import { openAsBlob } from 'node:fs'
import { confirm } from '../ask.ts'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'

export async function run(invocation: Invocation<{ yes?: boolean }>): Promise<void> {
  const { args, output, home } = invocation
  const file = await open(args[0]!)
  const control = openControl(home.tenantDir)
  await confirm(invocation, 'Replace everything that the local tenant holds?', replaces)
  output.note(`sending ${(file.size / 1_048_576).toFixed(1)} MB`)
  const { kept } = await control.replace<{ kept: string }>('snapshot', file)
  output.record({ file: args[0], kept })
  output.say('the local tenant holds what the file held')
  output.say(`  before  ${kept}`)
}

const replaces = 'this replaces everything that the local tenant holds'

/** @throws {CliError} `cli/file-unreadable` */
async function open(name: string): Promise<Blob> {
  try {
    return await openAsBlob(name, { type: 'application/vnd.sqlite3' })
  } catch (cause) {
    throw new CliError('cli/file-unreadable', `${name} cannot be read`, {
      cause,
      fix: 'give a file that "letterlock tenant export" wrote',
    })
  }
}
