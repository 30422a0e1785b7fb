import type { StopSignal } from '../../task/stop.ts'
import type { Batch } from './batch.ts'

/** Characters that a reader who is busy may leave lying; beyond that it reads the log again. */
const room = 1_000_000

/** One reader: what it was told and has not taken yet. */
export class Ear {
  /** Something has happened that it was not told in full: it must look for itself. */
  mustLook = false
  #batches: Batch[] = []
  #size = 0
  /** The last generation that was heard of. */
  #heard = 0
  #wake: (() => void) | undefined

  /** Events that follow. */
  tell (batch: Batch): void {
    if (batch.generation <= this.#heard) return
    this.#heard = batch.generation
    if (this.#size + batch.size > room) return this.nudge()
    this.#batches.push(batch)
    this.#size += batch.size
    this.#wake?.()
  }

  /** Where the task stands: perhaps further back, when a server that was lost took events with it. */
  tellGeneration (generation: number): void {
    if (generation === this.#heard) return
    this.#heard = generation
    this.nudge()
  }

  nudge (): void {
    this.#batches = []
    this.#size = 0
    this.mustLook = true
    this.#wake?.()
  }

  /** What comes next after `position`, if it is here. */
  take (position: number): Batch | undefined {
    if (position > this.#heard) this.#heard = position
    for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) {
      this.#size -= batch.size
      if (batch.generation <= position) continue
      if (batch.after <= position) return batch
      this.nudge() // something is missing before it
    }
    return undefined
  }

  /** Resolves when there is something to take or to look for, or when the signal fires. */
  async news (signal: StopSignal | undefined): Promise<void> {
    if (this.mustLook || this.#batches.length > 0 || signal?.aborted === true) return
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
