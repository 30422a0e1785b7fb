/** Who reads wishes and introduces itineraries: a model where the environment has the key of one, else rules. */
import type { TaskContext } from '../../plugins/index.ts'
import type { Said } from '../shared/conversation.ts'
import type { Itinerary } from '../shared/messages.ts'
import { findModel } from '../shared/model.ts'
import { readWish, type Wish } from './wish.ts'

type Task = Pick<TaskContext, 'signal' | 'log'>

export type Mind = {
  read (conversation: readonly Said[], task: Task): Promise<Partial<Wish>>
  /** A sentence or two for the traveller, or nothing. */
  introduce (itinerary: Itinerary, task: Task): Promise<string | undefined>
}

export const rules: Mind = {
  read: async conversation => readWish(conversation),
  introduce: async () => undefined
}

/** `note` says who it is. */
export async function chooseMind (env: NodeJS.ProcessEnv): Promise<{ mind: Mind, note: string }> {
  const { model, note } = await findModel(env)
  return { mind: model === undefined ? rules : (await import('./model-mind.ts')).modelMind(model), note }
}
