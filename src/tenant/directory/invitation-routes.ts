// POST /invitations. Graph "Create invitation".
import { randomUUID } from 'node:crypto'
import { GraphFailure, type DirectoryUser } from '../context.ts'
import { type DirectoryParts, missingValue, notModelled, type Route } from './contract.ts'
import { inviteGuest } from './guests.ts'
import { answerItem } from './odata.ts'

const bad = (message: string): GraphFailure => new GraphFailure(400, 'BadRequest', message)

export function invitationRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    {
      call: 'POST /invitations',
      // Members may invite unless the organisation says otherwise: no role is asked for.
      need: { delegated: ['User.Invite.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'] },
      fact: 'Graph "Create invitation"',
      async serve(call) {
        const wanted = checkInvitation(await call.json(), parts)
        let guest: DirectoryUser | undefined
        const record = {
          activity: 'Invite external user',
          category: 'UserManagement',
          operation: 'Add',
          targets: () => [{ id: guest!.id, displayName: guest!.displayName, type: 'User' as const }],
        } as const
        call.change(record, () => (guest = inviteGuest(parts, wanted)))
        const state = parts.users.details(guest!.id)['externalUserState']
        return answerItem(
          call.c,
          'invitations',
          {
            id: randomUUID(),
            inviteRedeemUrl: wanted.redirectUrl,
            invitedUserDisplayName: wanted.displayName ?? null,
            invitedUserType: 'Guest',
            invitedUserEmailAddress: wanted.address,
            sendInvitationMessage: false,
            resetRedemption: false,
            inviteRedirectUrl: wanted.redirectUrl,
            status: state === 'Accepted' ? 'Completed' : 'PendingAcceptance',
            invitedUser: { id: guest!.id },
          },
          { status: 201 },
        )
      },
    },
  ]
}

interface Invitation {
  readonly address: string
  readonly redirectUrl: string
  readonly displayName?: string
}

function checkInvitation(body: Record<string, unknown>, { context }: DirectoryParts): Invitation {
  for (const name of ['invitedUserEmailAddress', 'inviteRedirectUrl'])
    if (!body[name]) throw missingValue(name, 'Invitation')
  if (body['sendInvitationMessage'] === true) throw notModelled('mail to invited people')
  if (body['resetRedemption'] === true) throw notModelled('resetRedemption')
  if ((body['invitedUserType'] ?? 'Guest') !== 'Guest') throw notModelled('invited members')
  const address = String(body['invitedUserEmailAddress'])
  const redirectUrl = String(body['inviteRedirectUrl'])
  if (!/^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$/.test(address) || address.length > 256)
    throw bad('The invited user email address is not valid.')
  if (!URL.canParse(redirectUrl)) throw bad('The invite redirect URL is not valid.')
  const domain = address.slice(address.indexOf('@') + 1).toLowerCase()
  if (context.tenant.domains.includes(domain)) throw bad('Invitee is in inviter tenant')
  const { invitedUserDisplayName: displayName } = body
  return { address, redirectUrl, ...(typeof displayName === 'string' && displayName ? { displayName } : {}) }
}
