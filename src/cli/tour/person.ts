import { CliError } from '../cli-error.ts'
import type { Home } from '../home.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'
import { type Person, type Walk, walkForms } from './walk-forms.ts'

/** A person of the local tenant who can be asked to sign in. */
export interface PlayedPerson {
  /** For `signInWithBrowser`: walks the pages instead of opening a browser. */
  openUrl(url: string): Promise<void>
  /** How the last walk went, once the browser has read its last page: the sign-in may be done before. */
  walk(): Promise<Walk | undefined>
}

/** Plays one of the local tenant's own people. Their practice passwords come from the tenant's owner, as a person's would. */
export async function playPerson(
  home: Home,
  login: string,
  habits: Omit<Person, 'login' | 'password'> = {},
): Promise<PlayedPerson> {
  const users = await openControl(home.tenantDir).call<TenantUser[]>('GET', 'users')
  const user = users.find((one) => one.userPrincipalName.toLowerCase() === login.toLowerCase())
  if (!user) {
    throw new CliError('cli/account-unknown', `the local tenant has no user ${login}`, {
      fix: 'letterlock tenant users',
    })
  }
  let walk: Promise<Walk> | undefined
  return {
    async openUrl(url) {
      walk = walkForms(url, { ...habits, login, password: user.password })
      await walk
    },
    walk: async () => walk,
  }
}
