/** Deliveries that have been taken: what comes again is told apart from what is new. */
export class Seen {
  readonly #ttl: number
  readonly #max: number
  /** When each is forgotten, in ms since the epoch; the oldest first. */
  readonly #taken = new Map<string, number>()
  readonly #underWay = new Map<string, Promise<void>>()

  /** @param ttl how long a delivery is remembered, in ms @param max how many are */
  constructor ({ ttl, max }: { ttl: number, max: number }) {
    this.#ttl = ttl
    this.#max = max
  }

  /**
   * Does the work of a delivery, unless it has been done. Of two at once, the second waits for the first; work that fails
   * has not been done.
   * @returns whether it was new
   */
  async once (id: string, work: () => Promise<void>): Promise<boolean> {
    const underWay = this.#underWay.get(id)
    if (underWay !== undefined) {
      await underWay
      return false
    }
    if (this.#has(id)) return false
    const done = work()
    this.#underWay.set(id, done)
    try {
      await done
      this.#add(id)
      return true
    } finally {
      this.#underWay.delete(id)
    }
  }

  #has (id: string): boolean {
    const until = this.#taken.get(id)
    return until !== undefined && until > Date.now()
  }

  #add (id: string): void {
    const now = Date.now()
    this.#taken.delete(id)
    this.#taken.set(id, now + this.#ttl)
    for (const [oldest, until] of this.#taken) {
      if (until > now && this.#taken.size <= this.#max) break
      this.#taken.delete(oldest)
    }
  }
}
