// Is it this person? Shared by the password page and whoever else takes a password. entra.md section 6: 50126, 50053.
import type { DirectoryUser } from '../context.ts'
import type { IdentityParts } from './identity.ts'
import type { Problem } from './page-shell.ts'

/** undefined when the password is right; counts towards smart lockout. */
export function checkPassword(
  parts: Pick<IdentityParts, 'accounts'>,
  user: DirectoryUser,
  given: string,
): Problem | undefined {
  const outcome = parts.accounts.tryPassword(user, given)
  if (outcome === 'right') return undefined
  if (outcome === 'locked')
    return {
      code: 50053,
      text: 'Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, contact your admin.',
    }
  return {
    code: 50126,
    text: "Your account or password is incorrect. If you don't remember your password, reset it now.",
  }
}
