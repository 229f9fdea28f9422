// The flags of a person's states, as the control API takes them.
import { CliError } from '../cli-error.ts'

export interface UserStateFlags {
  readonly name?: string
  readonly role?: string
  readonly mailbox?: string
  readonly mfa?: string
  readonly enabled?: string
  readonly guest?: string
  readonly passwordState?: string
  readonly locked?: string
  readonly ip?: string
}

/** Only what was given. @throws {CliError} `cli/usage` */
export function readUserStates(flags: UserStateFlags): Record<string, unknown> {
  const { name, role, mailbox, passwordState, ip, guest } = flags
  const isGuest = guest === undefined ? undefined : isYes('guest', guest)
  const change = {
    displayName: name,
    roles: role === undefined ? undefined : splitList(role),
    mailboxKind: mailbox,
    passwordState,
    ipAddress: ip,
    userType: isGuest === undefined ? undefined : isGuest ? 'Guest' : 'Member',
    mfaRequired: readSwitch('mfa', flags.mfa),
    accountEnabled: readSwitch('enabled', flags.enabled),
    locked: readSwitch('locked', flags.locked),
  }
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

export const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)

/** Undefined when it was not given. @throws {CliError} `cli/usage` */
export const readSwitch = (flag: string, value: string | undefined): boolean | undefined =>
  value === undefined ? undefined : isYes(flag, value)

function isYes(flag: string, value: string): boolean {
  if (value === 'yes' || value === 'no') return value === 'yes'
  throw new CliError('cli/usage', `--${flag} takes yes or no`, { fix: `write --${flag} yes` })
}
