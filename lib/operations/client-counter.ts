import { A2AError } from '../protocol/errors.ts'

/** Bounds how much of something each client has at once. */
export class ClientCounter {
  readonly #limit: number
  readonly #refusal: string
  readonly #counts = new Map<string, number>()

  /** @param refusal how an error goes on after the number: "streams of this client are open already" */
  constructor (limit: number, refusal: string) {
    this.#limit = limit
    this.#refusal = refusal
  }

  /** Clients that have any. */
  get size (): number {
    return this.#counts.size
  }

  /** @returns what gives the place back @throws A2AError when the client has no place left */
  enter (client: string): () => void {
    const count = this.#counts.get(client) ?? 0
    if (count >= this.#limit) throw new A2AError('ResourceExhaustedError', `${this.#limit} ${this.#refusal}`, { retryAfter: 5000 })
    this.#counts.set(client, count + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const rest = (this.#counts.get(client) ?? 1) - 1
      if (rest === 0) this.#counts.delete(client)
      else this.#counts.set(client, rest)
    }
  }
}
