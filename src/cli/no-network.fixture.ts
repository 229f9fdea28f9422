// Loaded before a program (node --import): whoever connects or asks for a name is noted in the file NO_NETWORK, and fails.
import { appendFileSync } from 'node:fs'
import dns from 'node:dns'
import net from 'node:net'
import { syncBuiltinESMExports } from 'node:module'

const refuse =
  (what: string) =>
  (...given: unknown[]): never => {
    appendFileSync(process.env['NO_NETWORK'] ?? '', `${what} ${JSON.stringify(given[0])}\n`)
    throw new Error(`this program may not use the network: ${what}`)
  }

net.Socket.prototype.connect = refuse('connect') as never
dns.lookup = refuse('lookup') as never
dns.promises.lookup = refuse('lookup') as never
syncBuiltinESMExports()
