// What the tenant pretends: time, failures, settings, signing keys.
import { ControlFailure, invalid } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { operation, type Operation, type Shape } from './operation.ts'

export const clockOf = ({ clock }: ControlParts): Shape<'Clock'> => ({
  nowMs: clock.nowMs(),
  rate: clock.rate(),
})
const keysOf = ({ key }: ControlParts): Shape<'Keys'> => ({ signing: key.kid, published: key.published() })

export const simulationOperations: readonly Operation[] = [
  operation({
    id: 'getClock',
    call: 'GET /clock',
    does: 'Shows the tenant’s time and how fast it goes',
    answer: 'Clock',
    examples: [{}],
    serve: ({ parts }) => clockOf(parts),
  }),
  operation({
    id: 'setClock',
    call: 'POST /clock',
    does: 'Sets the time, moves it on, or changes its rate',
    body: 'ClockChange',
    answer: 'Clock',
    examples: [{ body: { advanceMs: 3_600_000 } }, { body: { rate: 60 } }, { body: { rate: 1 } }],
    serve({ parts, body }) {
      parts.clock.set(body)
      return clockOf(parts)
    },
  }),
  operation({
    id: 'getSettings',
    call: 'GET /settings',
    does: 'Shows the settings: consent, tokens, sending',
    answer: 'Settings',
    examples: [{}],
    serve: ({ parts }) => parts.context.settings.get(),
  }),
  operation({
    id: 'setSettings',
    call: 'PATCH /settings',
    does: 'Changes the settings that are given',
    body: 'SettingsChange',
    answer: 'Settings',
    examples: [{ body: { userConsent: 'legacy' } }, { body: { userConsent: 'microsoft-managed' } }],
    serve: ({ parts, body }) => parts.context.settings.patch(body),
  }),
  operation({
    id: 'listFaults',
    call: 'GET /faults',
    does: 'Lists faults and how often each was met',
    answer: 'Faults',
    examples: [{}],
    serve: ({ parts }) => parts.faults.list(),
  }),
  operation({
    id: 'addFault',
    call: 'POST /faults',
    does: 'Makes requests fail, late, or without their answer',
    body: 'NewFault',
    answer: 'Fault',
    status: 201,
    examples: [
      { body: { match: 'POST /me/sendMail', status: 504, phase: 'after-commit', rate: 0.2 } },
      { body: { match: 'GET /me/messages/**', delayMs: 2_000, times: 3 } },
    ],
    serve: ({ parts, body }) => parts.faults.add(body),
  }),
  operation({
    id: 'removeFault',
    call: 'DELETE /faults/:id',
    does: 'Removes one fault',
    answer: 'Removed',
    examples: [{ path: { id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' } }],
    serve: ({ parts, param }) => ({ removed: parts.faults.remove(param('id')) }),
  }),
  operation({
    id: 'removeFaults',
    call: 'DELETE /faults',
    does: 'Removes all faults',
    answer: 'Removed',
    examples: [{}],
    serve: ({ parts }) => ({ removed: parts.faults.remove(undefined) }),
  }),
  operation({
    id: 'listKeys',
    call: 'GET /keys',
    does: 'Names the key that signs tokens and those that are published',
    answer: 'Keys',
    examples: [{}],
    serve: ({ parts }) => keysOf(parts),
  }),
  operation({
    id: 'rotateKeys',
    call: 'POST /keys/rotate',
    does: 'Signs with a new key from now on; the old one stays published',
    answer: 'Keys',
    status: 201,
    examples: [{}],
    serve({ parts }) {
      parts.key.rotate()
      return keysOf(parts)
    },
  }),
  operation({
    id: 'withdrawKey',
    call: 'DELETE /keys/:kid',
    does: 'Publishes an older key no more: what it signed is refused; "older" names all of them',
    answer: 'Keys',
    examples: [{ path: { kid: 'older' } }],
    serve({ parts, param }) {
      const [, ...older] = parts.key.published()
      if (param('kid') === 'older') for (const kid of older) parts.key.withdraw(kid)
      else if (param('kid') === parts.key.kid) throw invalid('this key signs: rotate first')
      else if (!parts.key.withdraw(param('kid')))
        throw new ControlFailure('control/not-found', 'no published key has this name')
      return keysOf(parts)
    },
  }),
]
