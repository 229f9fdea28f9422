// The whole tenant as one file: out, in, and begun anew. It holds passwords and signing keys: the owner's token alone opens it.
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { allMigrations } from '../all-migrations.ts'
import { checkSnapshot } from './check-snapshot.ts'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { operation, type Operation, type Shape, streaming } from './operation.ts'

const media = 'application/vnd.sqlite3'

export const snapshotOperations: readonly Operation[] = [
  streaming({
    id: 'exportTenant',
    call: 'GET /snapshot',
    does: 'Sends everything there is as one SQLite file, as it was at one moment; it holds passwords and keys',
    ownerOnly: true,
    answer: { media },
    examples: [{}],
    serve({ parts }) {
      const file = join(parts.dataDir, `leaving-${randomUUID()}.db`)
      writeSnapshot(parts, file)
      const body = createReadStream(file).once('close', () => rmSync(file, { force: true }))
      const headers = { 'content-type': media, 'content-length': String(statSync(file).size) }
      return new Response(Readable.toWeb(body) as ReadableStream, { headers })
    },
  }),
  streaming({
    id: 'importTenant',
    call: 'PUT /snapshot',
    does: 'Puts such a file in the place of everything there is, which is kept as the copy that is named',
    ownerOnly: true,
    media: [media],
    answer: 'Replaced',
    examples: [],
    async serve({ c, parts }) {
      const staged = join(parts.dataDir, `coming-${randomUUID()}.db`)
      try {
        await receive(c.req.raw.body, staged)
        checkSnapshot(staged, allMigrations)
        return await replace(parts, staged)
      } finally {
        rmSync(staged, { force: true })
      }
    },
  }),
  operation({
    id: 'resetTenant',
    call: 'POST /reset',
    does: 'Begins anew with an empty tenant; what there was is kept as the copy that is named',
    ownerOnly: true,
    answer: 'Replaced',
    examples: [{}],
    serve: ({ parts }) => replace(parts, undefined),
  }),
]

/** Readable by its owner alone from its first byte on. */
function writeSnapshot({ store, context }: ControlParts, file: string): void {
  store.flush()
  const { db } = context
  // Made empty with its rights: VACUUM fills an empty file as it fills a new one.
  createPrivate(file)
  db.prepare('VACUUM INTO ?').run(file)
}

function createPrivate(file: string): void {
  rmSync(file, { force: true })
  closeSync(openSync(file, 'wx', 0o600))
}

/** @throws {ControlFailure} `control/snapshot-foreign` when nothing was sent */
async function receive(body: ReadableStream<Uint8Array> | null, file: string): Promise<void> {
  if (!body) throw new ControlFailure('control/snapshot-foreign', 'No file was sent.')
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true })
  await pipeline(Readable.fromWeb(body as never), out)
}

async function replace(parts: ControlParts, staged: string | undefined): Promise<Shape<'Replaced'>> {
  const folder = join(parts.dataDir, 'copies')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const at = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const kept = join(folder, `tenant-${at}-${randomUUID().slice(0, 4)}.db`)
  await parts.replaceData({ staged, kept }).catch((cause: unknown) => {
    throw new ControlFailure('control/busy', `Nothing was replaced: ${String((cause as Error).message)}.`)
  })
  return { kept }
}
