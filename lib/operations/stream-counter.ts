import { A2AError } from '../protocol/errors.ts'
import { Stop, type StopSignal } from '../task/stop.ts'

/** Bounds the open streams of each client. */
export class StreamCounter {
  readonly #limit: number
  readonly #open = new Map<string, number>()
  readonly #closing = new Stop()

  constructor (limit: number) {
    this.#limit = limit
  }

  /** Stops when the server closes: for requests that wait. */
  get closing (): StopSignal {
    return this.#closing
  }

  close (): void {
    this.#closing.stop()
  }

  /** Clients with open streams. */
  get size (): number {
    return this.#open.size
  }

  /** @returns what gives the place back @throws A2AError when the client has no place left */
  enter (client: string): () => void {
    const count = this.#open.get(client) ?? 0
    if (count >= this.#limit) {
      throw new A2AError('ResourceExhaustedError', `${this.#limit} streams of this client are open already`, { retryAfter: 5000 })
    }
    this.#open.set(client, count + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const rest = (this.#open.get(client) ?? 1) - 1
      if (rest === 0) this.#open.delete(client)
      else this.#open.set(client, rest)
    }
  }
}
