import { A2AError } from '../protocol/errors.ts'

/** Those that have nothing at the moment and are remembered all the same, at least. */
const spare = 64

/** Bounds how much of something each client has at once. */
export class ClientCounter {
  readonly #limit: number
  readonly #refusal: string
  /** Those that have nothing leave together: a Map that changed its size with each request would keep V8 busy. */
  readonly #clients = new Map<string, { count: number }>()
  #active = 0

  /** @param refusal how an error goes on after the number: "streams of this client are open already" */
  constructor (limit: number, refusal: string) {
    this.#limit = limit
    this.#refusal = refusal
  }

  /** Clients that have any. */
  get size (): number {
    return this.#active
  }

  /** @returns what gives the place back @throws A2AError when the client has no place left */
  enter (client: string): () => void {
    const known = this.#clients.get(client) ?? this.#add(client)
    if (known.count >= this.#limit) throw new A2AError('ResourceExhaustedError', `${this.#limit} ${this.#refusal}`, { retryAfter: 5000 })
    if (known.count++ === 0) this.#active++
    let left = false
    return () => {
      if (left) return
      left = true
      if (--known.count === 0) this.#active--
    }
  }

  #add (client: string): { count: number } {
    if (this.#clients.size >= 2 * this.#active + spare) this.#forget()
    const added = { count: 0 }
    this.#clients.set(client, added)
    return added
  }

  #forget (): void {
    for (const [client, { count }] of this.#clients) if (count === 0) this.#clients.delete(client)
  }
}
