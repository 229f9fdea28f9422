// Everything a test needs, in one call and one transaction: it is all there, or nothing is.
import type { ControlParts } from './control-parts.ts'
import { operation, type Operation, type Shape } from './operation.ts'
import { createPolicy } from './policy-operations.ts'
import { seedApp } from './seed-app.ts'
import { clockOf } from './simulation-operations.ts'
import { createUser, setUser } from './user-operations.ts'

export const seedOperations: readonly Operation[] = [
  operation({
    id: 'seed',
    call: 'POST /seed',
    does: 'Makes users, applications, settings, time and faults in one call: all of it, or nothing',
    body: 'Seed',
    answer: 'Seeded',
    status: 201,
    examples: [
      {
        body: {
          users: [
            { userPrincipalName: 'mia@contoso.example', mfaRequired: true },
            { userPrincipalName: 'ada@contoso.example', displayName: 'Ada King' },
          ],
          apps: [
            {
              displayName: 'Ticket desk',
              redirectUris: { web: ['https://desk.contoso.example/signed-in'] },
              permissions: { delegated: ['Mail.Read'] },
              consent: ['mia@contoso.example'],
              assignmentRequired: true,
              assignTo: ['mia@contoso.example'],
              secrets: [{ displayName: 'tests' }],
            },
          ],
          settings: { userConsent: 'legacy' },
          clock: { advanceMs: 1_000 },
        },
      },
    ],
    serve: ({ parts, body }) => applySeed(parts, body),
  }),
]

/** @throws {ControlFailure} `control/invalid`, `control/exists`, `control/not-found` @throws {GraphFailure} 400 */
export function applySeed(parts: ControlParts, seed: Shape<'Seed'>): Shape<'Seeded'> {
  const made = atTime(parts, seed.clock, () =>
    parts.context.transaction(() => ({
      users: (seed.users ?? []).map((user) => createOrSet(parts, user)),
      apps: (seed.apps ?? []).map((app) => seedApp(parts, app)),
      policies: (seed.policies ?? []).map((policy) => createPolicy(parts, policy)),
    })),
  )
  // These hold a copy in memory that a transaction cannot take back: they come when nothing more can fail.
  const faults = (seed.faults ?? []).map((fault) => parts.faults.add(fault))
  const settings = seed.settings ? parts.context.settings.patch(seed.settings) : parts.context.settings.get()
  return { ...made, faults, settings, clock: clockOf(parts) }
}

/** Secrets begin at the time that the seed says; what fails turns the clock back. */
function atTime<T>(parts: ControlParts, change: Shape<'Seed'>['clock'], work: () => T): T {
  if (!change) return work()
  const before = clockOf(parts)
  parts.clock.set(change)
  try {
    return work()
  } catch (error) {
    parts.clock.set(before)
    throw error
  }
}

function createOrSet(parts: ControlParts, { userPrincipalName, ...rest }: Shape<'NewUser'>): Shape<'User'> {
  const known = parts.users.find(userPrincipalName)
  if (!known) return createUser(parts, { userPrincipalName, ...rest })
  const { fullAccess: _, ...change } = rest
  return setUser(parts, known.id, change)
}
