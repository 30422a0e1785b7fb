import { randomUUID } from 'node:crypto'
import { restoreTurn } from '../operations/restore.ts'
import { ClientCounter } from '../operations/client-counter.ts'
import { StreamCounter } from '../operations/stream-counter.ts'
import type { JobQueue } from '../task/jobs.ts'
import { Tasks } from '../task/tasks.ts'
import type { TaskStore } from '../task/store.ts'
import { createCards, type Cards } from './cards.ts'
import type { Logger } from './executor.ts'
import { silent } from './silent.ts'
import type { Push } from '../push/push.ts'
import type { CardSigner } from '../security/cards/signer.ts'
import type { Settings } from './settings.ts'

/** An agent at work: its settings, its store, and the tasks that it runs in this process. */
export type Agent = {
  readonly settings: Settings
  readonly store: TaskStore
  readonly tasks: Tasks
  readonly streams: StreamCounter
  /** Turns of each client, that run or wait. */
  readonly clients: ClientCounter
  readonly cards: Cards
  /** Undefined for an agent that does not push. */
  readonly push: Push | undefined
  /** Undefined for an agent that does not sign its cards. */
  readonly signer: CardSigner | undefined
}

/** The process that agents work in. */
export type Workplace = {
  /** Names it in the store. */
  readonly holder: string
  /** For what happens outside of requests. */
  readonly log: Logger
  /** Where its agents push. */
  readonly push?: Push | undefined
  /** Where turns go, when they are not to run here. */
  readonly jobs?: JobQueue | undefined
  /** Signs their cards. */
  readonly signer?: CardSigner | undefined
}

/** A replica finds the tasks of one that died, and hears of letters to its own, while it is on patrol: see patrol.ts. */
export function createAgent (settings: Settings, store: TaskStore, { holder, log, push, jobs, signer }: Workplace = { holder: randomUUID(), log: silent }): Agent {
  const { replyWindow, cancelGrace, shutdownGrace, leaseTtl, limits } = settings
  const agent: Agent = {
    settings,
    store,
    tasks: new Tasks({
      store,
      holder,
      leaseTtl,
      replyWindow,
      cancelGrace,
      shutdownGrace,
      limits,
      numbersChanges: settings.preview.generation,
      log,
      jobs,
      ...push !== undefined && { onAppended: push.appended },
      restore: (scope, record, snapshot) => restoreTurn(agent, scope, record, snapshot, log)
    }),
    streams: new StreamCounter(limits.streams),
    clients: new ClientCounter(limits.turnsPerClient, 'messages of this client are being worked on already'),
    cards: createCards(settings, signer),
    push,
    signer
  }
  push?.serve(settings.id)
  return agent
}

/** The agent as its owner wants it from now on; what runs goes on, and is within reach as before. */
export function changeAgent (agent: Agent, settings: Settings): Agent {
  return { ...agent, settings, cards: createCards(settings, agent.signer) }
}

/** Brings it to rest, and then ends what waits for it. */
export async function closeAgent ({ tasks, streams }: Agent): Promise<void> {
  await tasks.close()
  streams.close()
}
