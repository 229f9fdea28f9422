import type { RunSummary } from '../../flow/index.ts'
import type { Control } from '../tenant-control.ts'
import { type EndedMessage, finishRun, startRun } from './run-child.ts'

interface Fault {
  readonly id: string
  readonly hits: number
}

export interface KilledRun {
  readonly kills: number
  readonly summary: RunSummary
  /** What became of each message, in both processes. */
  readonly messages: readonly EndedMessage[]
}

const sendPaths = ['POST /me/messages/*/send', 'POST /users/*/messages/*/send']
/** The answer is held back this long: the kill falls well inside. */
const heldBackMs = 5_000

/**
 * Runs a flow and kills it with SIGKILL just after a reply has left and before its answer came; then runs it again
 * with the same arguments. Where nothing is sent, nothing is killed.
 */
export async function runAndKill(
  control: Control,
  o: {
    readonly home: string
    readonly args: readonly string[]
    readonly signal: AbortSignal
    onKill(news: { readonly sent: number }): void
  },
): Promise<KilledRun> {
  const trap = new Trap(control)
  let sent = 0
  const ended: EndedMessage[] = []
  const child = startRun({
    home: o.home,
    args: o.args,
    onNews(news) {
      sent = news.sent
      if (news.ended) ended.push(news.ended)
      // "In the middle": some replies are out, more are to come.
      if (news.sent >= 3 && news.done * 3 >= news.total) trap.arm()
    },
  })
  const stop = (): void => void child.process.kill('SIGINT')
  o.signal.addEventListener('abort', stop, { once: true })
  if (o.signal.aborted) stop()
  let over = false
  void child.ended.then(() => (over = true))
  try {
    const sprung = await trap.wait(() => over)
    if (!sprung) {
      const summary = await finishRun(child)
      return { kills: 0, summary, messages: summary.messages }
    }
    child.process.kill('SIGKILL')
    await child.ended
    o.signal.throwIfAborted()
  } finally {
    o.signal.removeEventListener('abort', stop)
    await trap.remove()
  }
  o.onKill({ sent })
  const again = startRun({ home: o.home, args: o.args })
  const stopAgain = (): void => void again.process.kill('SIGINT')
  o.signal.addEventListener('abort', stopAgain, { once: true })
  if (o.signal.aborted) stopAgain()
  try {
    const summary = await finishRun(again)
    return { kills: 1, summary, messages: [...ended, ...summary.messages] }
  } finally {
    o.signal.removeEventListener('abort', stopAgain)
  }
}

/** A fault that carries a send out and holds its answer back. */
class Trap {
  readonly #control: Control
  #armed: Promise<Fault[]> | undefined
  constructor(control: Control) {
    this.#control = control
  }

  arm(): void {
    this.#armed ??= Promise.all(
      sendPaths.map((match) =>
        this.#control.call<Fault>('POST', 'faults', {
          match,
          phase: 'after-commit',
          delayMs: heldBackMs,
          rate: 1,
          times: 1,
        }),
      ),
    )
    this.#armed.catch(() => undefined)
  }

  /** True once a send was carried out and its answer is being held back. */
  async wait(isOver: () => boolean): Promise<boolean> {
    while (!isOver()) {
      const armed = await this.#armed
      if (armed) {
        const faults = await this.#control.call<Fault[]>('GET', 'faults')
        if (faults.some((one) => one.hits > 0 && armed.some((own) => own.id === one.id))) return true
      }
      await new Promise((done) => setTimeout(done, 5))
    }
    return false
  }

  async remove(): Promise<void> {
    for (const fault of (await this.#armed?.catch(() => [])) ?? [])
      await this.#control.call('DELETE', `faults/${fault.id}`).catch(() => undefined)
  }
}
