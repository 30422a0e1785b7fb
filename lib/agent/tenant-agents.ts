import { changeAgent, closeAgent, type Agent } from './agent.ts'
import type { Principal } from './executor.ts'
import type { FindTenantAgent, TenantAgentOptions } from './options.ts'
import type { Settings } from './settings.ts'

type Known = { readonly given: TenantAgentOptions, readonly agent: Agent, readonly askedAt: number }

/** What it takes to make agents of what is answered. */
export type TenantAgentsOptions = {
  resolve (tenant: string, given: TenantAgentOptions): Settings
  create (settings: Settings): Agent
  /** How many agents are kept; those that work, or were asked for of late, are kept in any case. */
  max: number
  now? (): number
}

/** How long a request may take from asking for its agent to its turn, in ms. */
const late = 30_000

/**
 * The agents that a function answers. It is asked at every request, so that a tenant that has gone is gone at once;
 * an agent is only made anew when it answers another object.
 */
export class TenantAgents {
  readonly #ask: FindTenantAgent
  readonly #options: Required<TenantAgentsOptions>
  /** The one that was asked for last stands last. */
  readonly #known = new Map<string, Known>()
  #isClosing = false

  constructor (ask: FindTenantAgent, options: TenantAgentsOptions) {
    this.#ask = ask
    this.#options = { now: Date.now, ...options }
  }

  async find (tenant: string, principal?: Principal): Promise<Agent | undefined> {
    const given = await this.#ask(tenant, principal)
    if (given === undefined || given === null) return undefined
    const known = this.#known.get(tenant)
    const agent = known?.given === given ? known.agent : this.#make(tenant, given, known)
    this.#known.delete(tenant)
    this.#known.set(tenant, { given, agent, askedAt: this.#options.now() })
    if (this.#known.size > this.#options.max) this.#dropUnused()
    return agent
  }

  agents (): Agent[] {
    return [...this.#known.values()].map(({ agent }) => agent)
  }

  /** Who comes later finds agents that take no more. */
  async close (): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.agents().map(closeAgent))
  }

  #make (tenant: string, given: TenantAgentOptions, known: Known | undefined): Agent {
    const settings = this.#options.resolve(tenant, given)
    // Turns that run, or are about to, must stay within reach of who cancels them.
    if (known !== undefined && this.#isUsed(known)) return changeAgent(known.agent, settings)
    const agent = this.#options.create(settings)
    if (this.#isClosing) void closeAgent(agent)
    return agent
  }

  #dropUnused (): void {
    for (const [tenant, known] of this.#known) {
      if (this.#isUsed(known)) continue
      this.#known.delete(tenant)
      if (this.#known.size <= this.#options.max) return
    }
  }

  #isUsed ({ agent, askedAt }: Known): boolean {
    return agent.tasks.size > 0 || agent.streams.size > 0 || this.#options.now() - askedAt < late
  }
}
