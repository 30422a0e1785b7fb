import { isDeepStrictEqual } from 'node:util'
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen, type CircuitBreakerPolicy } from 'cockatiel'
import type { RemoteAgent } from '../agent.ts'
import { discover } from '../discover.ts'
import { ClientError, isTransient } from '../errors.ts'
import { A2AError } from '../../protocol/errors.ts'
import { grpcTlsOf, type ClientOptions } from '../options.ts'
import type { Health, RegisteredAgent } from './options.ts'
import type { Target } from './sources.ts'
import { checkOrigin, checkTrust, type TrustOptions } from './trust.ts'

export type MemberSettings = {
  readonly id: string
  readonly target: Target
  readonly priority: number
  readonly client: ClientOptions
  readonly trust: TrustOptions
  readonly circuit: { readonly failures: number, readonly pause: number }
}

/** An agent that a registry knows of, found or not. */
export class Member {
  readonly settings: MemberSettings
  readonly #circuit: CircuitBreakerPolicy
  #agent: RemoteAgent | undefined
  #replaced: RemoteAgent | undefined
  #failures = 0
  #lastError: unknown
  #lastSeen: number | undefined

  constructor (settings: MemberSettings) {
    this.settings = settings
    const { failures, pause } = settings.circuit
    this.#circuit = circuitBreaker(handleWhen(isAgentFault), { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: pause })
  }

  /** Undefined as long as its card has not been had, or is not to be trusted. */
  get registered (): RegisteredAgent | undefined {
    const agent = this.#agent
    if (agent === undefined) return undefined
    const { id, priority } = this.settings
    return { id, priority, card: agent.card, agent, health: this.health }
  }

  get health (): Health {
    const isOpen = this.#circuit.state === CircuitState.Open || this.#circuit.state === CircuitState.Isolated
    return { isHealthy: this.#agent !== undefined && !isOpen, failures: this.#failures, lastError: this.#lastError, lastSeen: this.#lastSeen }
  }

  /** Looks at the card, unless it is fresh. @throws what is wrong with it; an agent that was there stays, unless it is not trusted any more */
  async refresh (): Promise<void> {
    const { target, client, trust } = this.settings
    const url = typeof target === 'string' ? target : undefined
    try {
      if (url !== undefined) checkOrigin(url, trust)
      const agent = await discover(target, {
        ...client,
        verify: async card => {
          const ofClient = await client.verify?.(card)
          return await trust.verify?.(card) ?? ofClient
        }
      })
      try {
        checkTrust(agent.card, url, trust, grpcTlsOf(client))
      } catch (error) {
        await agent.close()
        throw error
      }
      await this.#adopt(agent)
      this.#seen()
    } catch (error) {
      if (!isTransient(error)) await this.close()
      this.#failed(error)
      throw error
    }
  }

  /** Does something with the agent unless it is left alone now. @throws BrokenCircuitError, what `work` throws */
  async run<T> (work: (agent: RemoteAgent) => Promise<T>): Promise<T> {
    try {
      const result = await this.#circuit.execute(async () => {
        if (this.#agent === undefined) throw new ClientError('A2A_ERR_CARD', `The card of ${this.settings.id} could not be had`)
        return await work(this.#agent)
      })
      this.#seen()
      return result
    } catch (error) {
      if (isAgentFault(error)) this.#failed(error)
      throw error
    }
  }

  async close (): Promise<void> {
    const agents = [this.#agent, this.#replaced]
    this.#agent = undefined
    this.#replaced = undefined
    await Promise.all(agents.map(agent => agent?.close()))
  }

  /** One whose card is the same stays. One that is replaced stays open until the next one is, for what runs with it. */
  async #adopt (agent: RemoteAgent): Promise<void> {
    const last = this.#agent
    if (isDeepStrictEqual(agent.card, last?.card)) return await agent.close()
    const oldest = this.#replaced
    this.#agent = agent
    this.#replaced = last
    await oldest?.close()
  }

  #seen (): void {
    this.#failures = 0
    this.#lastSeen = Date.now()
  }

  #failed (error: unknown): void {
    this.#failures++
    this.#lastError = error
  }
}

/** What says something about the agent, and not about the message. */
function isAgentFault (error: unknown): boolean {
  return isTransient(error) || (error instanceof ClientError && error.code !== 'A2A_ERR_TRUST' && error.code !== 'A2A_ERR_CREDENTIALS') ||
    (error instanceof A2AError && (error.name === 'InternalError' || error.name === 'InvalidAgentResponseError'))
}
