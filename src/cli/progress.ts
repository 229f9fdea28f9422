import type { ProgressEvent } from '../flow/index.ts'
import type { Output } from './output.ts'

/** Shows how far a run is: a bar on a terminal; and tells the process that started this one, if it listens. */
export interface Progress {
  readonly show: (event: ProgressEvent) => void
  end(): void
}

export function createProgress(output: Output): Progress {
  const bar = process.stderr.isTTY && !output.quiet ? createBar() : undefined
  const news = { done: 0, total: 0, sent: 0 }
  return {
    show(event) {
      if (event.kind === 'started') news.total = event.total
      if (event.kind === 'step' && sends.has(event.step) && event.outcome === 'done') news.sent += 1
      if (event.kind === 'message') Object.assign(news, { done: event.done, total: event.total })
      const ended = event.kind === 'message' && {
        id: event.id,
        subject: event.subject,
        state: event.state,
        reason: event.reason,
      }
      process.send?.({ ...news, ...(ended && { ended }) })
      bar?.update(news.done, news.total)
    },
    end: () => bar?.end(),
  }
}

const sends: ReadonlySet<string> = new Set(['reply', 'forward', 'send'])

interface Bar {
  update(done: number, total: number): void
  end(): void
}

/** cli-progress is loaded behind the first news: a run that is over at once needs none. */
function createBar(): Bar {
  let drawn: import('cli-progress').SingleBar | undefined
  let over = false
  const loaded = import('cli-progress').then(({ default: { SingleBar } }) => {
    if (over) return
    const noColor = process.env['NO_COLOR'] !== undefined
    const look = { barCompleteChar: noColor ? '#' : '█', barIncompleteChar: noColor ? '-' : '░' }
    drawn = new SingleBar({
      format: '  {bar} {value}/{total} messages',
      stream: process.stderr,
      clearOnComplete: true,
      // Killed, nobody would switch it on again.
      linewrap: true,
      ...look,
    })
    drawn.start(1, 0)
  })
  loaded.catch(() => undefined)
  return {
    update(done, total) {
      drawn?.setTotal(Math.max(total, 1))
      drawn?.update(done)
    },
    end() {
      over = true
      drawn?.stop()
      drawn = undefined
    },
  }
}
