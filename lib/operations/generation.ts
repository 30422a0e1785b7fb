/** What A2A 1.1 drafts of generations (§3.2.7 of its branch `dev-1.1`): for agents with `preview.generation` alone. */
import type { SendMessageConfiguration } from '../../schemas/v1/requests.ts'
import type { Agent } from '../agent/agent.ts'
import { invalidParams } from '../protocol/errors.ts'
import { generationMismatch } from '../task/generation.ts'
import { isTerminal } from '../task/states.ts'
import type { Snapshot } from '../task/store.ts'
import { Stop } from '../task/stop.ts'
import type { Call } from './call.ts'

/** The generation that a message to a task expects; undefined where it expects none, or the draft is not served. */
export function expectedGeneration ({ settings }: Agent, configuration: SendMessageConfiguration | undefined): number | undefined {
  return settings.preview.generation ? readGeneration(configuration?.ifGenerationMatch, 'configuration.ifGenerationMatch') : undefined
}

/** @throws A2AError TaskGenerationMismatchError */
export function checkGeneration ({ task: { id, generation } }: Snapshot, expected: number | undefined): void {
  if (expected !== undefined && Number(generation ?? 0) !== expected) throw generationMismatch(id, expected, Number(generation ?? 0))
}

/**
 * Waits until the task has changed beyond what the client has seen, but no longer than `preview.longPoll`.
 * @returns the task as it is then
 */
export async function awaitGeneration (agent: Agent, call: Call, snapshot: Snapshot, currentGeneration: unknown): Promise<Snapshot> {
  const { settings, store, streams } = agent
  const seen = settings.preview.generation ? readGeneration(currentGeneration, 'currentGeneration') : undefined
  const { task, generation } = snapshot
  // A task from before the draft was served has none: it is answered at once, as one that has ended.
  if (seen === undefined || task.generation === undefined || Number(task.generation) > seen || isTerminal(task.status.state)) return snapshot
  const leave = streams.enter(call.client)
  const stop = new Stop(streams.closing)
  const late = setTimeout(() => stop.stop(), settings.preview.longPoll)
  try {
    for await (const batch of store.read(call.scope, task.id, { after: generation, signal: stop })) {
      if ('snapshot' in batch || batch.entries.some(({ response }) => response !== undefined)) break
    }
    return await store.get(call.scope, task.id) ?? snapshot
  } finally {
    clearTimeout(late)
    leave()
  }
}

/** An int64: in ProtoJSON a string, and a number is taken, too. @throws A2AError InvalidParams */
function readGeneration (value: unknown, field: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw invalidParams({ field, description: 'must be a whole number, as a string or a number' })
}
