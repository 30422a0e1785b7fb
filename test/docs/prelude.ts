/** What snippets may use without saying where it comes from. */
import type { FastifyInstance } from 'fastify'
import type { LanguageModel } from 'ai'
import type { AgentOptions, CardOptions, Executor, TaskContext } from '../../plugins/index.ts'

declare global {
  const app: FastifyInstance
  const a2a: typeof import('../../plugins/index.ts').default
  const card: CardOptions
  const flightCard: CardOptions
  const hotelCard: CardOptions
  const executor: Executor
  const flights: Executor
  const hotels: Executor
  const options: AgentOptions
  const task: TaskContext
  const model: LanguageModel
  const streamText: typeof import('ai').streamText
  const fromAiSdk: typeof import('../../lib/adapters/ai-sdk.ts').fromAiSdk
  const fromA2aJs: typeof import('../../lib/adapters/a2a-js.ts').fromA2aJs
}
