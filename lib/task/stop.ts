/** As much of an `AbortSignal` as reading needs, and any AbortSignal is one. */
export type StopSignal = {
  readonly aborted: boolean
  addEventListener (type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener (type: 'abort', listener: () => void): void
}

/** Tells once to stop. Many streams are so short that an `AbortController` would be most of what they cost. */
export class Stop implements StopSignal {
  #aborted = false
  #listeners: Set<() => void> | undefined

  /** @param other stops this one, too */
  constructor (other?: StopSignal) {
    if (other?.aborted === true) this.#aborted = true
    else other?.addEventListener('abort', () => this.stop(), { once: true })
  }

  get aborted (): boolean {
    return this.#aborted
  }

  stop (): void {
    if (this.#aborted) return
    this.#aborted = true
    const listeners = this.#listeners
    this.#listeners = undefined
    for (const listener of listeners ?? []) listener()
  }

  addEventListener (_type: 'abort', listener: () => void): void {
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
  }

  removeEventListener (_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener)
  }
}
