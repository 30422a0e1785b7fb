import type { Agent } from '../lib/agent/agent.ts'
import type { TaskStore } from '../lib/task/store.ts'

export type HealthOptions = {
  /** How long a store may take to answer, in ms. Default: 2,000. */
  timeout?: number
}

export type Health = {
  /** Whether every store answers. */
  readonly ok: boolean
  readonly stores: readonly StoreHealth[]
}

/** A store, and how it does. */
export type StoreHealth = {
  /** The agents that keep their tasks there, by their names in the store. */
  readonly agents: readonly string[]
  readonly ok: boolean
  /** How long the answer took, in ms. */
  readonly latency: number
  /** Why it is not well. For logs: it may name hosts. */
  readonly error?: unknown
}

/** Asks each store of the agents whether it answers. Never rejects. */
export async function checkHealth (agents: readonly Agent[], { timeout = 2000 }: HealthOptions = {}): Promise<Health> {
  const stores = [...new Set(agents.map(({ store }) => store))]
  const checked = await Promise.all(stores.map(async store => {
    const names = agents.filter(agent => agent.store === store).map(({ settings }) => settings.id)
    return { agents: [...new Set(names)], ...await ping(store, timeout) }
  }))
  return { ok: checked.every(({ ok }) => ok), stores: checked }
}

async function ping (store: TaskStore, timeout: number): Promise<Omit<StoreHealth, 'agents'>> {
  const askedAt = performance.now()
  const latency = () => performance.now() - askedAt
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the store has not answered within ${timeout} ms`)), timeout)
  })
  try {
    await Promise.race([store.ping(), silence])
    return { ok: true, latency: latency() }
  } catch (error) {
    return { ok: false, latency: latency(), error }
  } finally {
    clearTimeout(timer)
  }
}
