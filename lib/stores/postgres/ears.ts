import type { StopSignal } from '../../task/stop.ts'

/** Somebody who waits for a task, or a holder, to have news. */
export class Ear {
  /** The last generation that was heard of. */
  heard = 0
  #wake: (() => void) | undefined

  tell (generation: number): void {
    if (generation <= this.heard) return
    this.heard = generation
    this.#wake?.()
  }

  /** Wakes whoever waits, whatever it knows. */
  nudge (): void {
    this.#wake?.()
  }

  /** Resolves when something after `known` was heard of, when nudged, or when the signal fires. */
  async after (known: number, signal: StopSignal | undefined): Promise<void> {
    if (this.heard > known || signal?.aborted === true) return
    await new Promise<void>(resolve => {
      const done = () => {
        this.#wake = undefined
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#wake = done
      signal?.addEventListener('abort', done, { once: true })
    })
  }
}

/** Ears by what they listen for. */
export class Ears {
  readonly #ears = new Map<string, Set<Ear>>()

  open (key: string): Ear {
    const ear = new Ear()
    const ears = this.#ears.get(key)
    if (ears === undefined) this.#ears.set(key, new Set([ear]))
    else ears.add(ear)
    return ear
  }

  close (key: string, ear: Ear): void {
    const ears = this.#ears.get(key)
    ears?.delete(ear)
    if (ears?.size === 0) this.#ears.delete(key)
  }

  tell (key: string, generation: number): void {
    for (const ear of this.#ears.get(key) ?? []) ear.tell(generation)
  }

  nudge (key: string): void {
    for (const ear of this.#ears.get(key) ?? []) ear.nudge()
  }

  nudgeAll (): void {
    for (const key of this.#ears.keys()) this.nudge(key)
  }

  get keys (): string[] {
    return [...this.#ears.keys()]
  }
}
