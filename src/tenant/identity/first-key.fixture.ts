// A process that opens the signing key of a folder and prints its kid when the key is on the disk; waits to be killed.
import { coreMigrations } from '../store/migrations.ts'
import { openStore } from '../store/open-store.ts'
import { openSigningKey } from './keys.ts'

const store = openStore(process.argv[2]!, { core: coreMigrations })
const key = openSigningKey(store)
const failures = store.failures()
await key.sign({ sub: 'first' })
await store.settled(failures)
process.stdout.write(`${key.kid}\n`)
setInterval(() => undefined, 1_000)
