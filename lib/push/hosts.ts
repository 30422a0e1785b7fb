/** What one host is burdened with: a bound on deliveries at once, and a circuit that leaves alone who fails. */
import { BrokenCircuitError, CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhenResult, type CircuitBreakerPolicy } from 'cockatiel'

export type HostSettings = {
  readonly concurrency: number
  readonly circuit: { readonly failures: number, readonly pause: number }
}

/** What a host has to say for itself. */
export type Health = { readonly isHostFault: boolean }

/** Not done, and when to come back, in ms. */
export type Deferred = { readonly deferred: 'busy' | 'circuit', readonly delay: number }

type Host = {
  readonly circuit: CircuitBreakerPolicy
  running: number
  readonly waiting: Array<() => void>
}

/** Hosts that are remembered: of more, those forget their failures that have not been asked for longest. */
const maxHosts = 10_000
/** For each delivery that runs, so many may wait for its place; others come back later, and leave theirs to other hosts. */
const waitingFor = 4
const busyDelay = 250

export class Hosts {
  readonly #settings: HostSettings
  /** The one that was asked last stands last. */
  readonly #hosts = new Map<string, Host>()

  constructor (settings: HostSettings) {
    this.#settings = settings
  }

  /** @param host with its port */
  async run<T extends Health> (host: string, work: () => Promise<T>): Promise<T | Deferred> {
    const { concurrency, circuit: { pause } } = this.#settings
    const place = this.#find(host)
    if (place.running >= concurrency) {
      if (place.waiting.length >= waitingFor * concurrency) return { deferred: 'busy', delay: busyDelay * (1 + Math.random()) }
      await new Promise<void>(resolve => place.waiting.push(resolve))
    } else {
      place.running++
    }
    try {
      return await place.circuit.execute(work)
    } catch (error) {
      if (error instanceof BrokenCircuitError) return { deferred: 'circuit', delay: pause }
      throw error
    } finally {
      const next = place.waiting.shift()
      if (next === undefined) place.running--
      else next() // it has this place now
    }
  }

  #find (host: string): Host {
    const place = this.#hosts.get(host) ?? this.#open()
    this.#hosts.delete(host)
    this.#hosts.set(host, place)
    if (this.#hosts.size > maxHosts) this.#forget()
    return place
  }

  #open (): Host {
    const { failures, pause } = this.#settings.circuit
    const circuit = circuitBreaker(handleWhenResult(isHostFault), { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: pause })
    return { circuit, running: 0, waiting: [] }
  }

  #forget (): void {
    for (const [host, { running, circuit }] of this.#hosts) {
      if (running > 0 || circuit.state !== CircuitState.Closed) continue
      this.#hosts.delete(host)
      return
    }
  }
}

function isHostFault (result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'isHostFault' in result && result.isHostFault === true
}
