/** `fastify-a2a`: the plugin, its companions, and the engine's public surface. */
import './types.ts'

export { default, default as fastifyA2a } from './a2a.ts'
export { default as memoryStore } from './memory-store.ts'
export { default as catalogue, type CatalogueHost, type CatalogueOptions } from './catalogue.ts'
export type { Health, HealthOptions, StoreHealth } from './health.ts'
export type { A2AHost, HostedAgent } from './types.ts'
export * from '../lib/index.ts'
