// Requests go on side by side; what must be alone waits for them, and they for it.

export interface Gate {
  enter<T>(work: () => Promise<T>): Promise<T>
  /**
   * Runs when nothing else does, one at a time. Called from inside `enter`, whose own request does not count.
   *
   * @throws when the others have not ended within `waitMs`, real milliseconds
   */
  alone<T>(work: () => T, o: { readonly waitMs: number }): Promise<T>
}

export function openGate(): Gate {
  let inside = 0
  let closed: Promise<void> | undefined
  let onLeave: (() => void) | undefined
  return {
    async enter(work) {
      while (closed) await closed
      inside++
      try {
        return await work()
      } finally {
        inside--
        onLeave?.()
      }
    },
    async alone(work, { waitMs }) {
      if (closed) throw new Error('somebody else is at it')
      const reopen = Promise.withResolvers<void>()
      closed = reopen.promise
      try {
        await untilAlone(waitMs)
        return work()
      } finally {
        closed = undefined
        reopen.resolve()
      }
    },
  }

  function untilAlone(waitMs: number): Promise<void> {
    if (inside <= 1) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        onLeave = undefined
        reject(new Error('other requests did not end'))
      }, waitMs)
      onLeave = () => {
        if (inside > 1) return
        clearTimeout(timer)
        onLeave = undefined
        resolve()
      }
    })
  }
}
