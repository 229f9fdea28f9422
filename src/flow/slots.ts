/** So many messages are worked on at a time; one that only waits gives its place to another. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }

  /** Lets others on while `pause` lasts. */
  async pause(pause: () => Promise<void>): Promise<void> {
    this.give()
    try {
      await pause()
    } finally {
      await this.take()
    }
  }
}
