// Kills the tenant at random instants under registrations, grants, users, sign-ins and refreshes; then asks for all of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'
import type { Report } from '../report.ts'
import { killFirstStarts } from './first-start.ts'
import { integrity } from './integrity.ts'
import { type Load, prepareLoad, redemption, Refused } from './identity-load.ts'
import { startTenantProcess, type TenantProcess } from './lab.ts'

/** One kill in this many is followed by a second while the next process starts: over its lock, its migrations, its seeds. */
const startKillEvery = 5
/** Beside every so many kills, one falls into the first start of a tenant of its own. */
const firstStartEvery = 10

export interface IdentityChaosOptions {
  readonly kills: number
  readonly log: (line: string) => void
}

/** Runs the whole check in a temporary folder. Real processes, real SIGKILLs; resolves with the counts. */
export async function chaosIdentity(options: IdentityChaosOptions): Promise<Report> {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-chaos-'))
  const first = await killFirstStarts(dir, Math.ceil(options.kills / firstStartEvery))
  const tenant = await startTenantProcess(join(dir, 'tenant'))
  try {
    const load = await prepareLoad(tenant)
    const { kills, startKills, refusals } = await killUnderLoad(tenant, load, options)
    const { acknowledged } = load
    const lost = await countLost(tenant, load)
    await tenant.stop()
    const counts = {
      'kills under load': kills,
      'kills while starting': startKills,
      'kills in a first start': first.kills,
      'registrations acknowledged': acknowledged.applications.size,
      'service principals acknowledged': acknowledged.principals.size,
      'secrets acknowledged': acknowledged.secrets.length,
      'grants acknowledged': acknowledged.grants.size,
      'users acknowledged': acknowledged.users.size,
      'policies acknowledged': acknowledged.policies.size,
      'refresh tokens acknowledged': acknowledged.refreshTokens.length,
      'sessions acknowledged': acknowledged.sessions.length,
      'codes redeemed': acknowledged.redeemedCodes.length,
      'answers other than success': refusals.length,
      ...lost,
      'first starts that went wrong': first.failures.length,
      'damaged databases': integrity(join(dir, 'tenant', 'tenant.db')),
    }
    for (const text of new Set(refusals)) options.log(`  refused: ${text}`)
    for (const text of first.failures) options.log(`  ${text}`)
    const ok =
      kills + startKills >= options.kills &&
      refusals.length === 0 &&
      first.failures.length === 0 &&
      counts['damaged databases'] === 0 &&
      hasEnough(load, options) &&
      Object.values(lost).every((count) => count === 0)
    return { ok, figures: [], counts }
  } finally {
    await tenant.stop().catch(() => undefined)
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Something of each kind was acknowledged, so that it could have been lost. */
function hasEnough({ acknowledged }: Load, { kills }: IdentityChaosOptions): boolean {
  const { applications, grants, users, policies, refreshTokens } = acknowledged
  const kinds = [applications, grants, users, policies]
  return kinds.every((one) => one.size > 0) && refreshTokens.length > kills
}

async function killUnderLoad(tenant: TenantProcess, load: Load, options: IdentityChaosOptions) {
  let [kills, startKills, working] = [0, 0, true]
  let up: Promise<void> = Promise.resolve()
  const refusals: string[] = []
  const workers = load.workers.map(async (work) => {
    while (working) {
      await up
      await work().catch((error: unknown) => {
        if (error instanceof Refused) refusals.push(error.message)
      })
    }
  })
  // On a busy machine little is acknowledged between two kills: it goes on until there is enough to lose.
  const isEnough = (): boolean => hasEnough(load, options) || kills + startKills >= options.kills * 4
  while (kills + startKills < options.kills || !isEnough()) {
    await setTimeout(30 + Math.random() * 600)
    const twice = kills % startKillEvery === startKillEvery - 1
    up = tenant.killAndRestart(twice ? Math.random() * tenant.startMs() : undefined)
    await up
    kills++
    if (twice) startKills++
    if (kills % 20 === 0)
      options.log(`  ${kills} kills, ${load.acknowledged.refreshTokens.length} refresh tokens`)
  }
  await setTimeout(100)
  working = false
  await Promise.all(workers)
  return { kills, startKills, refusals }
}

/** Asks the tenant for everything it acknowledged. Each count should be 0. */
async function countLost(tenant: TenantProcess, load: Load): Promise<Record<string, number>> {
  const { acknowledged, graph, token } = load
  const succeeds = (ask: Promise<unknown>): Promise<boolean> =>
    ask.then(
      () => true,
      (error: unknown) => (error instanceof Refused ? false : Promise.reject(error)),
    )
  const users = await tenant.control<{ id: string; userPrincipalName: string; password: string }[]>(
    'GET',
    'users',
  )
  const kept = new Map(users.map((user) => [user.id, user]))
  const listed = await tenant.control<{ id: string; displayName: string }[]>('GET', 'policies')
  const policies = new Map(listed.map((one) => [one.id, one.displayName]))
  const living = [...acknowledged.applications].filter(([, one]) => !one.toDelete)
  const livingIds = new Set(living.map(([, one]) => one.appId))
  return {
    'registrations lost': await count(living, async ([id, one]) => {
      const found = await graph('GET', `/applications/${id}`).catch(() => undefined)
      return found?.['appId'] !== one.appId || !one.names.has(String(found['displayName']))
    }),
    'deletions undone': await count([...acknowledged.deleted], (id) =>
      succeeds(graph('GET', `/applications/${id}`)),
    ),
    'service principals lost': await count(
      [...acknowledged.principals].filter(([, appId]) => livingIds.has(appId)),
      async ([id]) => !(await succeeds(graph('GET', `/servicePrincipals/${id}`))),
    ),
    'service principals without application': await count(
      [...acknowledged.applications].filter(([, one]) => one.toDelete),
      async ([id, one]) => {
        const gone = !(await succeeds(graph('GET', `/applications/${id}`)))
        return gone && (await succeeds(graph('GET', `/servicePrincipals/appId:${one.appId}`)))
      },
    ),
    'secrets lost': await count(
      acknowledged.secrets.filter((one) => livingIds.has(one.appId)),
      async (one) =>
        !(await succeeds(
          token({
            grant_type: 'client_credentials',
            client_id: one.appId,
            client_secret: one.secret,
            scope: 'https://graph.microsoft.com/.default',
          }),
        )),
    ),
    'grants lost': await count([...acknowledged.grants], async ([id, one]) => {
      if (!livingIds.has(acknowledged.principals.get(one.clientId)!)) return false
      const found = await graph('GET', `/oauth2PermissionGrants/${id}`).catch(() => undefined)
      return !one.scopes.has(String(found?.['scope']))
    }),
    'users lost': await count([...acknowledged.users], ([id, one]) => {
      const found = kept.get(id)
      return Promise.resolve(found?.userPrincipalName !== one.name || found.password !== one.password)
    }),
    'policies lost': await count([...acknowledged.policies], ([id, name]) =>
      Promise.resolve(policies.get(id) !== name),
    ),
    'refresh tokens lost': await count(
      acknowledged.refreshTokens,
      async (refreshToken) =>
        !(await succeeds(
          token({
            grant_type: 'refresh_token',
            client_id: graphCommandLineToolsClientId,
            refresh_token: refreshToken,
          }),
        )),
    ),
    'sessions lost': await count(
      acknowledged.sessions,
      async (cookie) => !(await succeeds(load.authorize(cookie))),
    ),
    'codes redeemed twice': await count(acknowledged.redeemedCodes, ({ code, verifier }) =>
      succeeds(token(redemption(code, verifier))),
    ),
  }
}

/** How many of the items the test holds for; eight are asked about at a time. */
async function count<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<number> {
  const left = [...items]
  let found = 0
  const ask = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      const holds = await test(item)
      if (holds) found++
    }
  }
  await Promise.all(Array.from({ length: 8 }, ask))
  return found
}
