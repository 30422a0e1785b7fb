import { setTimeout as sleep } from 'node:timers/promises'

export type Behaviour = { verb: 'reply' | 'stay' | 'ask' | 'count', count: number }

/** What an agent does, by the text of the message; whatever continues a task completes it. */
export function behaviourOf (text: string, isFollowUp: boolean): Behaviour {
  const [verb, count] = text.split(' ')
  if (isFollowUp) return { verb: 'count', count: 1 }
  return { verb: verb === 'reply' || verb === 'stay' || verb === 'ask' ? verb : 'count', count: Number(count ?? 1) }
}

/** Long enough for a reader to come in between. */
export async function pause (): Promise<void> {
  await sleep(20)
}
