/** A map whose entries leave after a time; when there are too many, the oldest leave before it. */
export class Keys<T> {
  readonly #max: number
  readonly #entries = new Map<string, { value: T, expiresAt: number }>()

  constructor (max: number) {
    this.#max = max
  }

  get (key: string): T | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.expiresAt <= Date.now() ? undefined : entry.value
  }

  /** Answers what is there already, else adds. */
  add (key: string, value: T, ttl: number): T | undefined {
    this.#expire()
    const existing = this.get(key)
    if (existing !== undefined) return existing
    this.#entries.delete(key)
    this.#entries.set(key, { value, expiresAt: Date.now() + ttl })
    return undefined
  }

  change (key: string, change: (value: T) => T): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.value = change(entry.value)
  }

  delete (key: string): void {
    this.#entries.delete(key)
  }

  clear (): void {
    this.#entries.clear()
  }

  /** The oldest stand first: looking stops at one that is still good. */
  #expire (): void {
    const time = Date.now()
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt > time && this.#entries.size < this.#max) return
      this.#entries.delete(key)
    }
  }
}
