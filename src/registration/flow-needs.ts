import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RegistrationError } from './registration-error.ts'
import { type FlowText, type ReadModule, readFlowText } from './flow-text/read-flow-text.ts'
import type { StepUse, StepVerb, Unseen } from './flow-text/follow-step.ts'

/** Why one permission is needed: a line of a flow file, or signing in itself. */
export interface PermissionNeed {
  readonly permission: string
  readonly because: string
  readonly file?: string
  readonly line?: number
}

export interface FlowNeeds {
  readonly file: string
  readonly name: string
  /** `me`, an address, or undefined where the text does not tell. */
  readonly mailbox: string | undefined
  /** Who signs in, where the flow says so. */
  readonly account: string | undefined
  readonly isOthersMailbox: boolean
  readonly needs: readonly PermissionNeed[]
  /** What the flow does with its own code: where data may leave. */
  readonly effects: readonly StepUse[]
  readonly unseen: readonly Unseen[]
}

/** What signing in itself needs, and why: no flow line stands for these. */
export const signInNeeds: readonly PermissionNeed[] = [
  { permission: 'offline_access', because: 'stays signed in, so that nobody has to sign in every hour' },
  { permission: 'openid', because: 'learns which account signed in' },
  { permission: 'profile', because: 'shows that account by its name' },
  {
    permission: 'User.Read',
    because: 'checks who is signed in and whether the account has a mailbox (letterlock doctor)',
  },
]

const writes = new Set<StepVerb>([
  'reply',
  'forward',
  'send',
  'move',
  'markRead',
  'flag',
  'categorise',
  'delete',
])
const sends = new Set<StepVerb>(['reply', 'forward', 'send'])

const words: Readonly<Record<StepVerb, string>> = {
  saveAttachments: 'saves attachments as files',
  run: 'runs code of its own',
  reply: 'answers the sender',
  forward: 'forwards the message',
  send: 'sends a message',
  move: 'moves the message to another folder',
  markRead: 'marks the message as read or unread',
  flag: 'flags the message',
  categorise: 'gives the message a category',
  delete: 'moves the message to Deleted Items',
  skip: 'leaves the message alone',
}

/**
 * Says which permissions a flow needs, and for which of its lines. Reads the file and what it imports by relative
 * paths; runs nothing, asks nobody. Every branch counts, so that no run lacks a permission.
 *
 * @throws {RegistrationError} `registration/flow-unreadable`
 * @example
 * readFlowNeeds('examples/basic.flow.ts').needs.map((one) => one.permission) // [ 'Mail.Read', 'Mail.ReadWrite' ]
 */
export function readFlowNeeds(file: string): FlowNeeds {
  if (/\.ya?ml$/i.test(file)) {
    throw new RegistrationError(
      'registration/flow-unreadable',
      `${file}: permissions are derived from TypeScript flows only`,
      {
        fix: 'Write the permissions into the app file by hand.',
      },
    )
  }
  return flowNeeds(readFlowText(file, readText(file), readRelative))
}

/** As `readFlowNeeds`, of a text that is at hand. */
export function flowNeeds(flow: FlowText): FlowNeeds {
  const { mailbox, signInAs } = flow
  const account = signInAs ?? (mailbox === 'me' ? undefined : mailbox)
  const isOthersMailbox =
    mailbox !== undefined && mailbox !== 'me' && account?.toLowerCase() !== mailbox.toLowerCase()
  const suffix = isOthersMailbox ? '.Shared' : ''
  const at = { file: flow.file }
  const folder = flow.folder === undefined ? 'messages' : `messages in ${flow.folder}`
  const needs: PermissionNeed[] = [
    { permission: `Mail.Read${suffix}`, because: `reads ${folder}`, ...at, line: flow.whereLine },
  ]
  for (const use of flow.uses) {
    const because = `${use.step === undefined ? '' : `step "${use.step}" `}${words[use.verb]}`
    const place = { file: use.file, line: use.line }
    if (use.verb === 'saveAttachments') needs.push({ permission: `Mail.Read${suffix}`, because, ...place })
    if (sends.has(use.verb)) needs.push({ permission: `Mail.Send${suffix}`, because, ...place })
    if (!writes.has(use.verb)) continue
    const draft = sends.has(use.verb)
      ? `${because}: it is written as a draft first, so that none is sent twice`
      : because
    needs.push({ permission: `Mail.ReadWrite${suffix}`, because: draft, ...place })
  }
  if (flow.failureMove) {
    const to = flow.failureMove.folder === undefined ? 'another folder' : `"${flow.failureMove.folder}"`
    const because = `moves what failed to ${to}`
    needs.push({ permission: `Mail.ReadWrite${suffix}`, because, ...at, line: flow.failureMove.line })
  }
  const effects = flow.uses.filter((use) => use.verb === 'run')
  return {
    file: flow.file,
    name: flow.name,
    mailbox,
    account,
    isOthersMailbox,
    needs,
    effects,
    unseen: flow.unseen,
  }
}

/** The least list of permissions for these flows, those for signing in first: reading is part of writing. */
export function permissionsFor(flows: readonly FlowNeeds[]): string[] {
  return [...new Set(needsOf(flows).map((one) => one.permission))]
}

/** All needs of these flows, each under the permission that is asked for in the end. */
export function needsOf(flows: readonly FlowNeeds[]): PermissionNeed[] {
  const all = flows.flatMap((flow) => flow.needs)
  const asked = new Set(all.map((one) => one.permission))
  const widest = (permission: string): string => {
    const wider = permission.replace(/^Mail\.Read(?=$|\.)/, 'Mail.ReadWrite')
    return asked.has(wider) ? wider : permission
  }
  const mail = all.map((one) => ({ ...one, permission: widest(one.permission) }))
  const order = [
    'Mail.Read',
    'Mail.ReadWrite',
    'Mail.Send',
    'Mail.Read.Shared',
    'Mail.ReadWrite.Shared',
    'Mail.Send.Shared',
  ]
  return [
    ...signInNeeds,
    ...mail.toSorted((a, b) => order.indexOf(a.permission) - order.indexOf(b.permission)),
  ]
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new RegistrationError('registration/flow-unreadable', `there is no flow file ${file}`, {
      fix: 'Check the path of the flow file.',
      cause,
    })
  }
}

const readRelative: ReadModule = (specifier, from) => {
  const file = join(dirname(from), specifier)
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch {
    return undefined
  }
}
