import { wellKnownFolderFor } from '../facts/folders.ts'
import { GraphError } from '../graph/index.ts'
import { callOf, unlessGone, type MailboxAccess } from './access.ts'
import type { CallOptions, Folder } from './contract.ts'
import { MailError } from './mail-error.ts'

export interface FolderFinder {
  byPath(path: string, o: CallOptions & { create?: boolean }): Promise<Folder>
  /** What stands in a URL for a well-known name, a display path or an id. */
  reference(folder: string, o: CallOptions): Promise<string>
}

const folderFields = 'id,displayName,parentFolderId,childFolderCount,totalItemCount,unreadItemCount'

/** Remembers the ids of the paths it found: folder ids never change. */
export function createFolderFinder(access: MailboxAccess): FolderFinder {
  const idByPath = new Map<string, string>()
  const byPath: FolderFinder['byPath'] = async (path, o) => {
    const folder = await walkPath(access, path, o)
    idByPath.set(path.toLowerCase(), folder.id)
    return folder
  }
  return {
    byPath,
    reference: async (folder, o) =>
      wellKnownFolderFor(folder) ??
      (isFolderId(folder) ? folder : (idByPath.get(folder.toLowerCase()) ?? (await byPath(folder, o)).id)),
  }
}

export async function* listFolders(
  access: MailboxAccess,
  parent: string | undefined,
  o: CallOptions,
): AsyncGenerator<Folder> {
  const collection =
    parent === undefined ? 'mailFolders' : `mailFolders/${encodeURIComponent(parent)}/childFolders`
  const query = { $top: 250, $select: folderFields }
  for await (const page of access.graph.pages(`${access.root}/${collection}`, { ...callOf(o), query })) {
    for (const row of page) yield readFolder(row)
  }
}

async function walkPath(
  access: MailboxAccess,
  path: string,
  o: CallOptions & { create?: boolean },
): Promise<Folder> {
  const names = path
    .split('/')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const first = names.shift()
  if (first === undefined) throw notFound(path)
  let folder = await findTopFolder(access, first, o)
  if (folder === undefined && o.create === true) folder = await createFolder(access, undefined, first, o)
  for (const name of names) {
    if (folder === undefined) break
    const child: Folder | undefined = await findChild(access, folder.id, name, o)
    folder = child ?? (o.create === true ? await createFolder(access, folder.id, name, o) : undefined)
  }
  if (folder === undefined) throw notFound(path)
  return folder
}

async function findTopFolder(
  access: MailboxAccess,
  name: string,
  o: CallOptions,
): Promise<Folder | undefined> {
  const wellKnown = wellKnownFolderFor(name)
  if (wellKnown === undefined) return findChild(access, undefined, name, o)
  const found = access.graph.request('GET', `${access.root}/mailFolders/${wellKnown}`, {
    ...callOf(o),
    query: { $select: folderFields },
  })
  const reply = await unlessGone(found)
  return reply === undefined ? undefined : readFolder(reply.body)
}

async function findChild(
  access: MailboxAccess,
  parent: string | undefined,
  name: string,
  o: CallOptions,
): Promise<Folder | undefined> {
  for await (const folder of listFolders(access, parent, o)) {
    if (folder.displayName.toLowerCase() === name.toLowerCase()) return folder
  }
  return undefined
}

/** Safe to repeat: Graph refuses a second folder of that name beside the first, and then it is looked up. */
async function createFolder(
  access: MailboxAccess,
  parent: string | undefined,
  displayName: string,
  o: CallOptions,
): Promise<Folder> {
  const collection =
    parent === undefined ? 'mailFolders' : `mailFolders/${encodeURIComponent(parent)}/childFolders`
  try {
    const options = { ...callOf(o), body: { displayName }, repeat: 'safe' } as const
    return readFolder((await access.graph.request('POST', `${access.root}/${collection}`, options)).body)
  } catch (error) {
    if (!(error instanceof GraphError) || (error.status !== 409 && !error.mayHaveHappened)) throw error
    const there = await findChild(access, parent, displayName, o)
    if (there === undefined) throw error
    return there
  }
}

function notFound(path: string): MailError {
  return new MailError('mail/folder-not-found', `There is no mail folder ${JSON.stringify(path)}`, {
    fix: 'Check the spelling, or create the folder first.',
  })
}

/** Ids are long and have neither `/` nor blanks; what people call folders seldom is. */
function isFolderId(text: string): boolean {
  return /^A[A-Za-z0-9+_=-]{39,}$/.test(text)
}

function readFolder(json: unknown): Folder {
  const row = json as Record<string, unknown> | undefined
  if (typeof row?.['id'] !== 'string')
    throw new MailError('mail/reply-malformed', 'Graph sent a folder without an id')
  return {
    id: row['id'],
    displayName: String(row['displayName'] ?? ''),
    parentFolderId: String(row['parentFolderId'] ?? ''),
    childFolderCount: Number(row['childFolderCount'] ?? 0),
    totalItemCount: Number(row['totalItemCount'] ?? 0),
    unreadItemCount: Number(row['unreadItemCount'] ?? 0),
  }
}
