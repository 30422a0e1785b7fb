/** Signatures that have been used: each is good for one request, in this process. */
export class Replays {
  readonly #max: number
  /** When each stops to hold by itself, in ms since the epoch. */
  readonly #used = new Map<string, number>()

  constructor (max: number) {
    this.#max = max
  }

  /** `full`: forgetting one that still holds would let it in again. @param until when it stops to hold */
  use (id: string, until: number): 'new' | 'used' | 'full' {
    const now = Date.now()
    if ((this.#used.get(id) ?? 0) > now) return 'used'
    if (this.#used.size >= this.#max) this.#forget(now)
    if (this.#used.size >= this.#max) return 'full'
    this.#used.set(id, until)
    return 'new'
  }

  #forget (now: number): void {
    for (const [id, until] of this.#used) {
      if (until <= now) this.#used.delete(id)
    }
  }
}
