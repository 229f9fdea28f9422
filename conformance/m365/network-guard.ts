// Loaded into every process of the CLI with `--import`: writes down whom it connects to, and lets nothing leave this machine.
// The CLI's own files stay as they were installed.
import { appendFileSync } from 'node:fs'
import { Socket } from 'node:net'

const here = ['127.0.0.1', 'localhost', '::1']
const log = process.env['NETWORK_GUARD_LOG']!

interface Target {
  readonly host?: string
  readonly port?: number
  readonly path?: string
}

const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  // http hands the arguments over as one array that is already in order.
  const [first] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args
  const target: Target = typeof first === 'object' ? (first as Target) : { port: Number(first) }
  if (target.path !== undefined) return connect.apply(this, args)
  const host = target.host ?? 'localhost'
  appendFileSync(log, `${host}\n`)
  if (here.includes(host)) return connect.apply(this, args)
  return this.destroy(new Error(`the network guard refuses ${host}`))
} as Socket['connect']
