/** The model of whichever provider the environment has a key for. */
import type { LanguageModel } from 'ai'

type Provider = { key: string, package: string, export: string, model: string }

const providers: readonly Provider[] = [
  { key: 'OPENAI_API_KEY', package: '@ai-sdk/openai', export: 'openai', model: 'gpt-4.1-mini' },
  { key: 'ANTHROPIC_API_KEY', package: '@ai-sdk/anthropic', export: 'anthropic', model: 'claude-haiku-4-5' },
  { key: 'GOOGLE_GENERATIVE_AI_API_KEY', package: '@ai-sdk/google', export: 'google', model: 'gemini-2.5-flash' },
  { key: 'MISTRAL_API_KEY', package: '@ai-sdk/mistral', export: 'mistral', model: 'mistral-small-latest' }
]

/** `note` says which model it is, or why there is none. */
export type FoundModel = { model?: LanguageModel, note: string }

/** `MODEL` names another model than the provider's usual one. */
export async function findModel (env: NodeJS.ProcessEnv): Promise<FoundModel> {
  const provider = providers.find(({ key }) => (env[key] ?? '') !== '')
  if (provider === undefined) return { note: 'a planner without a model; OPENAI_API_KEY would give it one' }
  const create = await load(provider)
  if (create === undefined) {
    return { note: `a planner without a model: ${provider.key} is set, but its package is missing (npm install --no-save ${provider.package}@3)` }
  }
  const name = env.MODEL ?? provider.model
  return { model: create(name), note: `the model ${name}` }
}

/** Undefined when the package is not installed. */
async function load (provider: Provider): Promise<((name: string) => LanguageModel) | undefined> {
  try {
    const exports: Record<string, unknown> = await import(provider.package)
    // Every provider of the AI SDK is a function that takes the name of a model.
    return exports[provider.export] as (name: string) => LanguageModel
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}
