import { randomUUID } from 'node:crypto'
import { StreamCounter } from '../operations/stream-counter.ts'
import { Tasks } from '../task/tasks.ts'
import type { TaskStore } from '../task/store.ts'
import { createCards, type Cards } from './cards.ts'
import type { Settings } from './settings.ts'

/** An agent at work: its settings, its store, and the tasks that it runs in this process. */
export type Agent = {
  readonly settings: Settings
  readonly store: TaskStore
  readonly tasks: Tasks
  readonly streams: StreamCounter
  readonly cards: Cards
}

/** How long a lease lasts without renewal, in ms: a replica that died is noticed after that. */
const leaseTtl = 15_000

export function createAgent (settings: Settings, store: TaskStore): Agent {
  const { replyWindow, cancelGrace, shutdownGrace, limits } = settings
  return {
    settings,
    store,
    tasks: new Tasks({ store, holder: randomUUID(), leaseTtl, replyWindow, cancelGrace, shutdownGrace, limits }),
    streams: new StreamCounter(limits.streams),
    cards: createCards(settings)
  }
}
