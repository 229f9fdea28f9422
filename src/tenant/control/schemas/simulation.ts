// What the tenant pretends: its time, its failures, its rules.
import * as v from 'valibot'
import type { TenantSettings } from '../../context.ts'
import { about, count, text } from './words.ts'

const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(1e12))

// Each setting of the tenant must stand here: `satisfies` finds a missing one, the routes’ types a wrong one.
export const Settings = v.strictObject({
  sendVisibleMs: about(milliseconds, 'How long an accepted draft stays visible in Drafts.'),
  sendHiddenMs: about(milliseconds, 'How long it then answers 404 before it is in Sent Items.'),
  sendJitter: about(v.boolean(), 'Each send draws its two times between 0 and these.'),
  singleUseRefreshTokens: about(v.boolean(), 'Each refresh token works once. Entra keeps old ones valid.'),
  userConsent: about(v.picklist(['microsoft-managed', 'legacy', 'low', 'none']), 'What people may agree to.'),
  allowedToCreateApps: about(v.boolean(), 'People without a role may register applications.'),
  loopLimit: about(
    count,
    'The same token request so often in five minutes is answered AADSTS50196; 0: never.',
  ),
  staySignedIn: about(v.boolean(), 'Ask "Stay signed in?"'),
  entraPremium: about(
    v.boolean(),
    'Has an Entra ID P1 licence: without it Graph keeps the sign-in log closed.',
  ),
} satisfies Record<keyof TenantSettings, v.GenericSchema>)

export const SettingsChange = v.partial(Settings)

export const Clock = v.strictObject({ nowMs: v.number(), rate: v.number() })

export const ClockChange = v.strictObject({
  nowMs: v.optional(about(v.number(), 'Unix milliseconds.')),
  advanceMs: v.optional(v.number()),
  rate: v.optional(
    about(v.pipe(v.number(), v.gtValue(0), v.maxValue(10_000)), 'Seconds of its time in a real one.'),
  ),
})

/** AADSTS numbers of the sign-in service's own troubles. All others are provoked by what really leads to them. */
export const outages = [50000, 90006, 90012, 90024, 90033, 90055, 90090] as const

export const NewFault = v.strictObject({
  match: about(
    v.pipe(v.string(), v.regex(/^(\*|[A-Za-z]+) \/\S*$/, 'must read like "POST /me/sendMail"')),
    'Method and path: * is one part of a path, ** the rest; the version is left out.',
  ),
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
  aadsts: v.optional(about(v.picklist(outages), 'Answer as the sign-in service does in trouble.')),
  delayMs: v.optional(about(v.pipe(v.number(), v.minValue(0), v.maxValue(600_000)), 'Real milliseconds.')),
  phase: v.optional(v.picklist(['before-commit', 'after-commit'])),
  rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  times: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1e9))),
  reset: v.optional(about(v.boolean(), 'Close the connection instead of answering.')),
  retryAfterSeconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400))),
})

export const Fault = v.strictObject({
  ...NewFault.entries,
  id: text,
  phase: v.picklist(['before-commit', 'after-commit']),
  rate: v.number(),
  hits: count,
})

export const Keys = v.strictObject({ signing: text, published: v.array(text) })
