import { clouds } from '../../facts/clouds.ts'
import { type Account, isApplication, type StoredSignIn, type Vault } from '../../signin/index.ts'
import { chooseAccount, cloudOfAccount } from '../connect.ts'
import type { Invocation } from '../invocation.ts'

export interface LogoutFlags {
  readonly everywhere?: boolean
}

export async function run(invocation: Invocation<LogoutFlags>): Promise<void> {
  const { output, flags, home } = invocation
  const { openVault } = await import('../../signin/index.ts')
  const vault = openVault(home.vaultDir)
  try {
    const account = chooseAccount(invocation, vault, invocation.args[0])
    // First what needs the tokens, then the tokens.
    const revoked = flags.everywhere ? await endSessions(invocation, vault, account) : undefined
    const returned = await giveBack(invocation, vault.read(account.id))
    vault.remove(account.id)
    output.record({
      signedOut: account.username,
      id: account.id,
      refreshToken: returned ? 'revoked' : 'deleted here',
      ...(flags.everywhere && { sessions: revoked ? 'revoked' : 'not revoked' }),
    })
    output.say(`${account.username} is signed out here: its tokens are gone from the vault`)
    if (returned) output.say('  the server took its refresh token back')
    if (revoked) output.say('  all its sign-ins, everywhere, end when their access tokens do')
    if (!isApplication(account))
      output.note('the browser’s own session goes on; end it on the sign-in page if others use this machine')
    if (!returned && !revoked)
      output.note(
        'Entra takes no token back: a copy of it would work on. If one may exist: letterlock logout --everywhere, or an administrator revokes the sessions',
      )
  } finally {
    vault.close()
  }
}

/** RFC 7009, where the server has it. Signing out here must not fail because the server is away. */
async function giveBack(invocation: Invocation, stored: StoredSignIn | undefined): Promise<boolean> {
  const cloudName = stored?.account.cloud.name ?? ''
  // Entra, and the local tenant like it, has no such endpoint: nothing is asked.
  if (!stored?.tokens.refreshToken || cloudName === 'local' || Object.hasOwn(clouds, cloudName)) return false
  try {
    const cloud = cloudOfAccount(invocation, stored.account)
    const { revokeRefreshToken } = await import('../../signin/revoke.ts')
    const at = { ...stored, account: { ...stored.account, cloud } }
    return await revokeRefreshToken(at, { signal: invocation.signal, timeoutMs: 5_000 })
  } catch {
    return false
  }
}

/** Graph's revokeSignInSessions: ends every refresh token and session of the person, on all devices. */
async function endSessions(invocation: Invocation, vault: Vault, account: Account): Promise<boolean> {
  if (isApplication(account)) {
    invocation.output.warn(
      'an application has no sessions: remove its secret or certificate from the registration',
    )
    return false
  }
  const [{ createTokenSource }, { createGraphClient }] = await Promise.all([
    import('../../signin/index.ts'),
    import('../../graph/index.ts'),
  ])
  const cloud = cloudOfAccount(invocation, account)
  const source = createTokenSource(vault, account.id, { cloud })
  const graph = createGraphClient({ graphOrigin: cloud.graph, getToken: (o) => source.getToken(o) })
  try {
    await graph.request('POST', '/me/revokeSignInSessions', { signal: invocation.signal })
    return true
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error)
    invocation.output.warn(
      `the sessions elsewhere were not ended (${code}): it needs the permission User.RevokeSessions.All; without it an administrator can, in Entra admin center > Users > ${account.username} > Revoke sessions`,
    )
    return false
  }
}
