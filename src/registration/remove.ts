import type { GraphClient } from '../graph/index.ts'
import { type DirectoryOptions, directoryOf, findApplication, unknownClient } from './directory.ts'

export interface Removed {
  readonly appId: string
  readonly objectId: string
  readonly name: string
}

/**
 * Puts a registration into the recycle bin, with its enterprise application and every consent. It can be restored
 * for 30 days under the same client ID.
 *
 * @throws {RegistrationError} `registration/app-unknown`, `registration/not-allowed`
 */
export async function removeApp(
  graph: GraphClient,
  appId: string,
  options?: DirectoryOptions,
): Promise<Removed> {
  const directory = directoryOf(graph, options)
  const application = await findApplication(directory, appId)
  if (!application) throw await unknownClient(directory, appId)
  await directory.delete(`/applications/${application.id}`)
  return { appId: application.appId, objectId: application.id, name: application.displayName }
}
