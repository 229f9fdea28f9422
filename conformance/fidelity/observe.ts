// Preloaded into every test process (--import): which calls of the local tenant each passing test made, and which
// AADSTS numbers it asserted. docs/fidelity.md names tests by it, so that nobody has to tag a test by hand.
import { subscribe } from 'node:diagnostics_channel'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, type TestContext } from 'node:test'
import type { Answered } from '../../src/tenant/server/answered.ts'

/** One thing a passing test saw. `call`: `GET /v1.0/me 200`; `error`: `403 Authorization_RequestDenied`; `aadsts`: `50011`. */
export interface Observation {
  readonly title: string
  readonly kind: 'call' | 'error' | 'aadsts'
  readonly what: string
}

const folder = process.env['LETTERLOCK_OBSERVED']
if (folder) record(folder)

function record(into: string): void {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const kept = new Map<string, Observation>()
  let current: Omit<Observation, 'title'>[] = []
  let reading: Promise<void>[] = []
  subscribe('letterlock.tenant.answered', (message) => {
    const { method, path, status, response } = message as Answered
    current.push({ kind: 'call', what: `${method} ${path} ${status}` })
    if (status >= 400) reading.push(readError(response))
  })
  subscribe('letterlock.aadsts.asserted', (code) => {
    current.push({ kind: 'aadsts', what: String(code) })
  })
  const readError = async (response: Response): Promise<void> => {
    const seen = current
    const body = (await response.json().catch(() => undefined)) as { error?: { code?: string } } | undefined
    if (body?.error?.code) seen.push({ kind: 'error', what: `${response.status} ${body.error.code}` })
  }
  // A test's hooks see a TestContext; a suite's see another context, which no test of ours has.
  beforeEach(() => {
    current = []
    reading = []
  })
  afterEach(async (t) => {
    const { fullName, passed } = t as TestContext
    await Promise.all(reading)
    if (passed === false) return
    const [title = ''] = fullName.split(' > ')
    for (const one of current) kept.set(`${title}\n${one.kind} ${one.what}`, { title, ...one })
  })
  process.on('exit', () => {
    const file = relative(root, process.argv[1] ?? '')
    if (!file.endsWith('.test.ts')) return
    mkdirSync(into, { recursive: true })
    const observed = { file: file.replaceAll('\\', '/'), observations: [...kept.values()] }
    writeFileSync(join(into, `${file.replaceAll(/[\\/]/g, '__')}.json`), JSON.stringify(observed))
  })
}
