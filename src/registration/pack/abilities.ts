// What the program can and cannot do, in an administrator's words. Permissions: entra.md section 8.2, portal.md section 2.
import { type AppSpec, specPermissions } from '../app-spec.ts'

export interface Abilities {
  readonly can: readonly string[]
  readonly cannot: readonly string[]
}

/** @param who The accounts it acts as, for people: an address, several, or "whoever signs in". */
export function abilitiesOf(spec: AppSpec, who: string): Abilities {
  const permissions = specPermissions(spec)
  const delegated = new Set(permissions.filter((one) => one.kind === 'delegated').map((one) => one.value))
  const application = permissions.filter((one) => one.kind === 'application')
  const can = [
    ...sentences(delegated, who),
    ...application.map(
      (one) => `${one.adminDisplayName}: in the whole organisation, with nobody signed in (${one.value}).`,
    ),
  ]
  const isShared = [...delegated].some((one) => one.endsWith('.Shared'))
  const cannot = [
    ...(application.length === 0 && !isShared
      ? [`Open another mailbox: it acts as ${who}, and asks for that mailbox alone.`]
      : []),
    ...(application.length === 0 && isShared
      ? [`Open a mailbox that ${who} was not given access to by an administrator.`]
      : []),
    ...(delegated.has('Mail.Send') || delegated.has('Mail.Send.Shared') || application.length > 0
      ? []
      : ['Send mail.']),
    ...untouched([...delegated, ...application.map((one) => one.value)]),
    ...(spec.assignmentRequired && spec.assigned.length > 0
      ? [`Be used by anybody else: only ${spec.assigned.join(', ')} is assigned, and assignment is required.`]
      : []),
    ...(application.length === 0
      ? ['Do anything before that account has signed in once, on Microsoft’s own page.']
      : []),
    ...(spec.client === 'public' ? ['Hold a password or a client secret: it has none.'] : []),
  ]
  return { can, cannot }
}

const known: readonly [string, (who: string) => string][] = [
  ['Mail.ReadWrite', (who) => `Read the mail of ${who}; move, mark and delete it; write drafts (Mail.ReadWrite).`],
  ['Mail.Read', (who) => `Read the mail of ${who} (Mail.Read).`],
  ['Mail.Send', (who) => `Send mail as ${who} (Mail.Send).`],
  ['Mail.ReadWrite.Shared', (who) => `Read, move, mark and delete mail in mailboxes that ${who} was given access to (Mail.ReadWrite.Shared).`],
  ['Mail.Read.Shared', (who) => `Read mail in mailboxes that ${who} was given access to (Mail.Read.Shared).`],
  ['Mail.Send.Shared', (who) => `Send mail from mailboxes that ${who} may send for (Mail.Send.Shared).`],
  ['offline_access', () => 'Stay signed in, until it is revoked or unused for 90 days (offline_access).'],
] // prettier-ignore
const ofSignIn = ['openid', 'profile', 'email', 'User.Read']

function sentences(delegated: ReadonlySet<string>, who: string): string[] {
  const named = known.filter(([permission]) => delegated.has(permission)).map(([, say]) => say(who))
  const signIn = ofSignIn.filter((one) => delegated.has(one))
  const rest = [...delegated].filter(
    (one) => !ofSignIn.includes(one) && !known.some(([name]) => name === one),
  )
  return [
    ...named,
    ...(signIn.length > 0 ? [`See who signed in: name, address and profile (${signIn.join(', ')}).`] : []),
    ...rest.map((one) => `Use the permission ${one} as ${who}.`),
  ]
}

const areas: readonly [string, RegExp][] = [
  ['files and sites', /^(Files|Sites)\./],
  ['calendars', /^Calendars\./],
  ['contacts', /^(Contacts|People)\./],
  ['chats and meetings', /^(Chat|ChannelMessage|OnlineMeetings|Team)/],
  ['the settings of the mailbox', /^MailboxSettings\./],
  ['other people’s profiles, groups or the directory', /^(Directory|Group|Application|User\.(?!Read$))/],
]

function untouched(values: readonly string[]): string[] {
  const free = areas.filter(([, form]) => !values.some((one) => form.test(one))).map(([what]) => what)
  return free.length === 0 ? [] : [`Reach ${free.slice(0, -1).join(', ')}${free.length > 1 ? ', or ' : ''}${free.at(-1)}: it asks for no such permission.`] // prettier-ignore
}
