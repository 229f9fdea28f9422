import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'

export async function run({ args, output, home, signal }: Invocation): Promise<void> {
  const file = args[0]!
  if (existsSync(file))
    throw new CliError('cli/file-exists', `${file} is there already`, { fix: 'give the name of a new file' })
  const reply = await openControl(home.tenantDir).download('snapshot')
  const sizeBytes = Number(reply.headers.get('content-length'))
  output.note(`writing ${megabytes(sizeBytes)}`)
  const part = `${file}.${process.pid}.part`
  try {
    const out = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(Readable.fromWeb(reply.body as never), out, { signal })
    renameSync(part, file)
  } finally {
    rmSync(part, { force: true })
  }
  output.record({ file, sizeBytes })
  output.say(`${file} holds the whole tenant, passwords and signing keys too: keep it to yourself`)
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`
