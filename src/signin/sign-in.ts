import type { SignedIn } from './account.ts'
import { signInAsApplication, type ApplicationSignInOptions } from './sign-in-as-application.ts'
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
export function signIn(
  options: SignInOptions | DeviceSignInOptions | PasteSignInOptions | ApplicationSignInOptions,
): Promise<SignedIn> {
  if ('openUrl' in options) return signInWithBrowser(options)
  if ('onCode' in options) return signInWithDeviceCode(options)
  return 'readAddress' in options ? signInByPaste(options) : signInAsApplication(options)
}
