// People of elsewhere who were invited: an object here, the password there. Graph "Create invitation"; Entra "B2B user properties".
import { isInitialDomain } from '../../facts/entra-clouds.ts'
import type { DirectoryUser, TenantContext } from '../context.ts'
import type { Users } from './users.ts'

interface Inviting {
  readonly context: TenantContext
  readonly users: Users
}

/** The object of somebody invited; the one there is if they were invited before. */
export function inviteGuest(
  { context, users }: Inviting,
  o: { readonly address: string; readonly displayName?: string | undefined },
): DirectoryUser {
  const { tenant, clock } = context
  const initial = tenant.domains.find(isInitialDomain) ?? tenant.domains[0]!
  const userPrincipalName = `${o.address.replace('@', '_')}#EXT#@${initial}`
  const known = users.find(userPrincipalName)
  if (known) return known
  const home = context
    .everyone()
    .find((one) => one.userPrincipalName.toLowerCase() === o.address.toLowerCase())
  return users.create({
    userPrincipalName,
    displayName: o.displayName ?? home?.displayName ?? o.address.split('@')[0]!,
    // Nobody signs in with it: it is no password at all.
    password: '',
    mailboxKind: 'none',
    ...(home ? { homeId: home.id } : {}),
    details: {
      userType: 'Guest',
      mail: o.address,
      otherMails: [o.address],
      proxyAddresses: [`SMTP:${o.address}`],
      creationType: 'Invitation',
      externalUserState: 'PendingAcceptance',
      externalUserStateChangeDateTime: new Date(clock.nowMs()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    },
  })
}
