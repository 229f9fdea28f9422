// Sends malformed requests to every route of a local tenant: nothing may answer 5xx but the named 501, hang, tell of another tenant, or end the process.
import type { Report } from '../report.ts'
import { type FuzzLab, startFuzzLab, type UnderWay } from './lab.ts'
import { isStream, malform, type Target, targetOf } from './malform.ts'
import { sendRaw } from './raw.ts'
import { createDice, type Dice } from './scraps.ts'

const atOnce = 16
/** Codes, forms and cookies of a sign-in are made anew after so many requests: most of them are spent by then. */
const renewAfter = 500

/** Anybody may send to these, and they read the most languages: forms, JWTs, scopes, addresses, cookies. */
const identityWeight = 5

interface Counts {
  requests: number
  /** By group of endpoints, by status, by what must not be. */
  readonly by: Map<string, number>
  readonly byRoute: Map<string, number>
  wrong: number
  /** Answers that told of the other organisation. */
  leaks: number
  hangs: number
}

/** Fuzzes for `seconds` (or `maxRequests`, whichever ends first) and counts the answers. */
export async function fuzzTenant(options: {
  seconds: number
  seed: number
  maxRequests?: number
}): Promise<Report> {
  const dice = createDice(options.seed)
  await using lab = await startFuzzLab()
  const targets = lab.tenant.routes().map(targetOf)
  const turns = targets.flatMap((one) =>
    Array<Target>(one.group === 'identity' ? identityWeight : 1).fill(one),
  )
  const counts: Counts = { requests: 0, by: new Map(), byRoute: new Map(), wrong: 0, leaks: 0, hangs: 0 }
  const ports = [lab.tenant.port, new URL(lab.tenant.proxyUrl).port, new URL(lab.tenant.httpsOrigin!).port]
  const end = performance.now() + options.seconds * 1_000
  const bytes: Promise<void>[] = []
  let underWay = await lab.begin()
  for (let round = 0; performance.now() < end; round++) {
    if (counts.requests >= (options.maxRequests ?? Infinity)) break
    if (round % Math.ceil(renewAfter / atOnce) === 0) underWay = await lab.begin()
    // In turn, so that no route is left out; one of each round goes past every client library.
    const due = Array.from(
      { length: atOnce - 1 },
      (_, index) => turns[(round * (atOnce - 1) + index) % turns.length]!,
    )
    bytes.push(sendBytes(Number(dice.pick(ports)), { dice, counts }))
    await Promise.all(due.map((target) => sendOne(target, { lab, dice, underWay, counts })))
  }
  await Promise.all(bytes)
  const alive = await fetch(`${lab.tenant.origin}/common/discovery/v2.0/keys`)
  if (!alive.ok) counts.wrong++
  return {
    ok: counts.wrong === 0 && counts.leaks === 0 && counts.hangs === 0,
    figures: [],
    counts: {
      requests: counts.requests,
      endpoints: targets.length,
      'requests to the endpoint asked least': Math.min(
        ...targets.map((one) => counts.byRoute.get(nameOf(one)) ?? 0),
      ),
      ...Object.fromEntries([...counts.by].sort(([a], [b]) => a.localeCompare(b))),
      'forbidden answers': counts.wrong,
      'leaks of another tenant': counts.leaks,
      hangs: counts.hangs,
    },
  }
}

interface Sending {
  readonly lab: FuzzLab
  readonly dice: Dice
  readonly underWay: UnderWay
  readonly counts: Counts
}

/** Sign-in pages name the organisation that is entered; the control API is the owner's, who has them all. */
const keepsToItself = new Set<Target['group']>(['directory', 'mail', 'exchange', 'pages'])

const nameOf = ({ route }: Target): string => `${route.method} ${route.path}`
const add = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1)

async function sendOne(target: Target, { lab, counts, ...parts }: Sending): Promise<void> {
  const { method, path, headers, body } = malform(target, { lab, ...parts })
  const what = `${method} ${path}`
  counts.requests++
  add(counts.by, `to ${target.group}`)
  add(counts.byRoute, nameOf(target))
  try {
    const reply = await fetch(`${lab.tenant.origin}${path}`, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body }),
    })
    const text = isStream(target) ? '' : await reply.text()
    if (isStream(target)) await reply.body?.cancel()
    if (keepsToItself.has(target.group) && lab.tellsOfNeighbour(text)) {
      counts.leaks++
      console.error(`${what} tells of another tenant: ${text.slice(0, 300)}`)
    }
    judge(reply.status, { text, what: `${what} ${JSON.stringify(headers)} ${body?.slice(0, 500)}`, counts })
  } catch (error) {
    counts.hangs++
    console.error(`no answer for ${what}: ${String(error)}`)
  }
}

async function sendBytes(port: number, { dice, counts }: Pick<Sending, 'dice' | 'counts'>): Promise<void> {
  counts.requests++
  add(counts.by, 'to the ports as bytes')
  try {
    const { status, sent } = await sendRaw(port, dice)
    judge(status, { text: 'does not model', what: JSON.stringify(sent.slice(0, 300)), counts })
  } catch (error) {
    counts.hangs++
    console.error(`the connection stayed open: ${String(error)}`)
  }
}

function judge(status: number, { text, what, counts }: { text: string; what: string; counts: Counts }): void {
  const isNamed = status === 501 && /not model|NotImplemented/i.test(text)
  add(counts.by, status === 0 ? 'hung up' : isNamed ? '501 named' : `${Math.floor(status / 100)}xx`)
  if (status < 500 || isNamed) return
  counts.wrong++
  console.error(`${status} for ${what}: ${text.slice(0, 300)}`)
}
