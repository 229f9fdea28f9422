// A local tenant with people in it, and an application for devices and loopback redirects registered there.
import {
  type Application,
  type People,
  redirectUri,
  startPeople,
} from '../../src/tenant/identity/person.fixture.ts'

export async function startNativeApp(): Promise<{ people: People; app: Application }> {
  const people = await startPeople()
  const publicClient = { redirectUris: [redirectUri] }
  return { people, app: await people.register({ publicClient, isFallbackPublicClient: true }) }
}
