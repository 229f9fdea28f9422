// A mailbox in memory for tests: sends as pessimistically as Exchange can, and dies or fails at any call.
import { GraphError } from '../graph/index.ts'
import { createSimulatedClock } from '../graph/simulated-clock.ts'
import type { AttachmentInfo, DraftContent, Folder, Mailbox, Message } from '../mail/index.ts'
import { keyProperty } from './draft-step.ts'
import type { Ledger } from './store/contract.ts'

export class Died extends Error {}

/** Where something goes wrong: at the n-th point of a run, before or after the effect is done. */
export interface Mishap {
  readonly at: number
  readonly phase: 'before' | 'after'
  readonly kind: 'death' | 'error'
}

interface Item {
  message: Message
  attachments: { info: AttachmentInfo; bytes: Uint8Array }[]
  acceptedAtMs: number | undefined
  repliesTo: string | undefined
}

export interface Delivery {
  readonly repliesTo: string | undefined
  readonly to: string
  readonly key: string
  readonly body: string
  readonly attachments: readonly string[]
}

const writes = new Set(
  'markRead setCategories flag move deleteToTrash createReplyDraft createForwardDraft createDraft patchDraft sendDraft deleteDraft addAttachment'.split(
    ' ',
  ),
)

/** Everything that outlives a process: the server's side, and time. */
export class FakeServer {
  readonly clock = createSimulatedClock()
  readonly items = new Map<string, Item>()
  readonly folders = new Map<string, string>([
    ['inbox', 'f-inbox'],
    ['drafts', 'f-drafts'],
    ['sentitems', 'f-sent'],
    ['deleteditems', 'f-deleted'],
  ])
  readonly deliveries: Delivery[] = []
  visibleMs = 20_000
  hiddenMs = 20_000
  #next = 1

  receive(o: Partial<Message> & { files?: Record<string, string> } = {}): string {
    const id = `m${this.#next++}`
    const { files = {}, ...given } = o
    const message: Message = {
      ...blank,
      id,
      changeKey: `c${this.#next++}`,
      subject: `Subject ${id}`,
      from: { address: `${id}@fabrikam.example`, name: id },
      receivedDateTime: new Date(1_700_000_000_000 + this.#next * 1_000).toISOString(),
      parentFolderId: 'f-inbox',
      conversationId: `conversation ${id}`,
      hasAttachments: Object.keys(files).length > 0,
      internetMessageHeaders: [],
      ...given,
    }
    this.items.set(id, {
      message: { ...message, etag: `W/"${message.changeKey}"` },
      acceptedAtMs: undefined,
      repliesTo: undefined,
      attachments: Object.entries(files).map(([name, text], index) => ({
        info: {
          id: `${id}-a${index}`,
          kind: 'file',
          name,
          contentType: 'application/pdf',
          sizeBytes: text.length,
          isInline: false,
        },
        bytes: Buffer.from(text),
      })),
    })
    return id
  }

  /** What a GET shows at this time; undefined while an accepted send is hidden. */
  see(id: string): Item | undefined {
    const item = this.items.get(id)
    if (item?.acceptedAtMs === undefined) return item
    const ageMs = this.clock.nowMs() - item.acceptedAtMs
    if (ageMs < this.visibleMs) return item
    if (ageMs < this.visibleMs + this.hiddenMs) return undefined
    if (item.message.isDraft) this.change(item, { isDraft: false, parentFolderId: 'f-sent' })
    return item
  }

  get(id: string): Item {
    const item = this.see(id)
    if (item === undefined) throw new GraphError('graph/not-found', 'not there', { status: 404 })
    return item
  }

  change(item: Item, changes: Partial<Message>): Message {
    item.message = { ...item.message, ...changes, changeKey: `c${this.#next++}` }
    item.message = { ...item.message, etag: `W/"${item.message.changeKey}"` }
    return item.message
  }

  draft(content: DraftContent & { repliesTo?: string; conversationId?: string }): Message {
    const id = this.receive({ isDraft: true, parentFolderId: 'f-drafts', from: undefined })
    const item = this.items.get(id)!
    item.repliesTo = content.repliesTo
    this.change(item, {
      receivedDateTime: new Date(this.clock.nowMs()).toISOString(),
      conversationId: content.conversationId ?? id,
    })
    return this.write(item, content)
  }

  write(item: Item, content: DraftContent): Message {
    const { to, extendedProperties, body, subject } = content
    const properties = Object.fromEntries((extendedProperties ?? []).map(({ id, value }) => [id, value]))
    return this.change(item, {
      ...(subject === undefined ? {} : { subject }),
      ...(body === undefined ? {} : { body }),
      ...(to === undefined
        ? {}
        : {
            toRecipients: to.map((address) =>
              typeof address === 'string' ? { address, name: '' } : address,
            ),
          }),
      extendedProperties: { ...item.message.extendedProperties, ...properties },
    })
  }

  send(id: string): void {
    const item = this.get(id)
    if (!item.message.isDraft) throw new GraphError('graph/bad-request', 'no draft', { status: 400 })
    item.acceptedAtMs ??= this.clock.nowMs()
    this.deliveries.push({
      repliesTo: item.repliesTo,
      to: item.message.toRecipients[0]?.address ?? '',
      key: item.message.extendedProperties?.[keyProperty] ?? '',
      body: item.message.body?.content ?? '',
      attachments: item.attachments.map(({ info }) => info.name),
    })
  }

  in(folder: string): Message[] {
    const id = this.folders.get(folder.toLowerCase())
    return [...this.items.keys()]
      .map((key) => this.see(key)?.message)
      .filter((message) => message !== undefined && message.parentFolderId === id) as Message[]
  }

  folder(path: string, create: boolean): Folder {
    const name = path.toLowerCase().replaceAll(' ', '')
    if (!this.folders.has(name)) {
      if (!create) throw new GraphError('graph/not-found', `no folder ${path}`, { status: 404 })
      this.folders.set(name, `f-${name}`)
    }
    return {
      id: this.folders.get(name)!,
      displayName: path,
      parentFolderId: '',
      childFolderCount: 0,
      totalItemCount: 0,
      unreadItemCount: 0,
    }
  }
}

const blank: Omit<
  Message,
  'id' | 'changeKey' | 'subject' | 'from' | 'receivedDateTime' | 'parentFolderId' | 'conversationId'
> = {
  etag: '',
  sender: undefined,
  toRecipients: [],
  ccRecipients: [],
  bccRecipients: [],
  replyTo: [],
  sentDateTime: '',
  isRead: false,
  isDraft: false,
  hasAttachments: false,
  categories: [],
  flag: { flagStatus: 'notFlagged' },
  importance: 'normal',
  internetMessageId: '',
  bodyPreview: '',
}

/** One process: counts its points, and is dead or struck once the mishap has come. */
export class FakeProcess {
  readonly server: FakeServer
  readonly mailbox: Mailbox
  readonly calls: string[] = []
  readonly death: Promise<never>
  points = 0
  #isDead = false
  readonly #mishaps: readonly Mishap[]
  #die: (error: Died) => void = () => undefined

  constructor(server: FakeServer, ...mishaps: Mishap[]) {
    this.server = server
    this.#mishaps = mishaps
    this.death = new Promise((_resolve, reject) => (this.#die = reject))
    this.death.catch(() => undefined)
    this.mailbox = this.#mailbox()
  }

  /** The ledger as this process has it: every write is a point, and after death nothing is written. */
  wrap(ledger: Ledger): Ledger {
    const counted = new Set(
      'beginRun endRun openMessage endMessage intend changeStep settleStep reservePath'.split(' '),
    )
    return new Proxy(ledger, {
      get: (target, name) => {
        const method = target[name as keyof Ledger] as (...args: unknown[]) => unknown
        return (...args: unknown[]) => {
          if (this.#isDead) throw new Died()
          if (!counted.has(String(name))) return method.apply(target, args)
          const mishap = this.#meet('death')
          if (mishap?.phase === 'before') throw this.#kill()
          const result = method.apply(target, args)
          if (mishap?.phase === 'after') throw this.#kill()
          return result
        }
      },
    })
  }

  #kill(): Died {
    this.#isDead = true
    const died = new Died()
    this.#die(died)
    return died
  }

  #meet(only?: Mishap['kind']): Mishap | undefined {
    this.points += 1
    return this.#mishaps.find(({ at, kind }) => at === this.points && (only === undefined || kind === only))
  }

  async #call<T>(name: string, work: () => T): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#isDead) return new Promise(() => undefined)
    this.calls.push(name)
    const mishap = this.#meet()
    if (mishap?.phase === 'before') return this.#strike(mishap, name)
    const result = work()
    if (mishap?.phase === 'after') return this.#strike(mishap, name)
    return result
  }

  #strike<T>(mishap: Mishap, name: string): Promise<T> {
    if (mishap.kind === 'error') {
      const details = { status: 504, mayHaveHappened: writes.has(name) }
      return Promise.reject(new GraphError('graph/unavailable', 'struck', details))
    }
    this.#kill()
    return new Promise(() => undefined)
  }

  #mailbox(): Mailbox {
    const { server } = this
    const call = <T>(name: string, work: () => T): Promise<T> => this.#call(name, work)
    const patch = (name: string, id: string, changes: Partial<Message>, ifMatch?: string) =>
      call(name, () => {
        const item = server.get(id)
        if (ifMatch !== undefined && ifMatch !== '' && ifMatch !== item.message.etag)
          throw new GraphError('graph/conflict', 'changed meanwhile', { status: 412 })
        return server.change(item, changes)
      })
    const ifThere = (id: string) => call('getMessageIfThere', () => server.see(id)?.message)
    const move = (name: string, id: string, folderId: string) =>
      call(name, () => server.change(server.get(id), { parentFolderId: folderId }))
    const answer = (name: string, id: string) =>
      call(name, () => {
        const { message } = server.get(id)
        const to = message.replyTo[0] ?? message.from!
        return server.draft({
          repliesTo: id,
          subject: `RE: ${message.subject}`,
          to: [to],
          body: { contentType: 'html', content: '<html><body>quoted</body></html>' },
          conversationId: message.conversationId,
        })
      })
    return {
      name: 'me',
      listMessages: (o = {}) => {
        const ask = (): Promise<Message[]> =>
          call('listMessages', () => {
            const { unread, since, until } = o.filter ?? {}
            return server
              .in(o.folder ?? 'Inbox')
              .filter(({ isRead }) => unread === undefined || unread === !isRead)
              .filter(
                ({ receivedDateTime }) => Date.parse(receivedDateTime) >= (since?.getTime() ?? -Infinity),
              )
              .filter(({ receivedDateTime }) => Date.parse(receivedDateTime) < (until?.getTime() ?? Infinity))
              .sort((a, b) => Date.parse(a.receivedDateTime) - Date.parse(b.receivedDateTime))
              .slice(0, o.top)
          })
        return (async function* () {
          yield* await ask()
        })()
      },
      listMessageIds: async function* () {
        yield* []
      },
      getMessage: (id) => call('getMessage', () => server.get(id).message),
      getMessageIfThere: ifThere,
      getMime: () => Promise.resolve(new Uint8Array()),
      markRead: (id, isRead) => patch('markRead', id, { isRead }),
      setCategories: (id, categories, o = {}) => patch('setCategories', id, { categories }, o.ifMatch),
      flag: (id, flagStatus) => patch('flag', id, { flag: { flagStatus } }),
      move: (id, destination) => move('move', id, destination),
      deleteToTrash: (id) => move('deleteToTrash', id, 'f-deleted'),
      folderByPath: (path, o = {}) => call('folderByPath', () => server.folder(path, o.create === true)),
      listFolders: async function* () {
        yield* []
      },
      listAttachments: (id) =>
        call('listAttachments', () => server.get(id).attachments.map(({ info }) => info)),
      downloadAttachment: (id, attachmentId) =>
        call('downloadAttachment', () => {
          return server.get(id).attachments.find(({ info }) => info.id === attachmentId)!.bytes
        }),
      createReplyDraft: (id) => answer('createReplyDraft', id),
      createForwardDraft: (id) => answer('createForwardDraft', id),
      createDraft: (content) => call('createDraft', () => server.draft(content)),
      patchDraft: (id, content) => call('patchDraft', () => server.write(server.get(id), content)),
      sendDraft: (id) => call('sendDraft', () => (server.send(id), { requestId: 'r' })),
      findByExtendedProperty: (folder, property, value) =>
        call('findByExtendedProperty', () =>
          server.in(folder).filter((message) => message.extendedProperties?.[property] === value),
        ),
      deleteDraft: (id) => call('deleteDraft', () => void server.items.delete(id)),
      addAttachment: (id, file) =>
        call('addAttachment', () => {
          const item = server.get(id)
          const info = {
            id: `${id}-${file.name}`,
            kind: 'file' as const,
            name: file.name,
            contentType: '',
            sizeBytes: file.bytes.length,
            isInline: false,
          }
          item.attachments.push({ info, bytes: file.bytes })
          server.change(item, { hasAttachments: true })
        }),
    }
  }
}
