import type { SignedIn } from './account.ts'
import type { ApplicationSignInOptions } from './sign-in-as-application.ts'
import { signInByPaste, type PasteSignInOptions } from './sign-in-by-paste.ts'
import { signInWithBrowser, type SignInOptions } from './sign-in-with-browser.ts'
import { signInWithDeviceCode, type DeviceSignInOptions } from './sign-in-with-device-code.ts'

/**
 * Signs in the way that the options can: `openUrl` with a browser here, `onCode` by device code, `readAddress` by
 * pasting; with none of them the application itself. Saves nothing: give the result to `vault.save`.
 *
 * @throws {SignInError} what the four ways throw
 * @example
 * vault.save(await signIn({ client, openUrl: (url) => void open(url) }))
 */
export async function signIn(
  options: SignInOptions | DeviceSignInOptions | PasteSignInOptions | ApplicationSignInOptions,
): Promise<SignedIn> {
  if ('openUrl' in options) return signInWithBrowser(options)
  if ('onCode' in options) return signInWithDeviceCode(options)
  if ('readAddress' in options) return signInByPaste(options)
  const { signInAsApplication } = await import('./sign-in-as-application.ts')
  return signInAsApplication(options)
}
