import type { StopSignal } from './stop.ts'
import type { Scope } from './store.ts'

/** A task, wherever it lives. */
export type TaskRef = { readonly scope: Scope, readonly taskId: string }

/** What one replica asks of the replica that works on a task: to cancel it, to run a turn. */
export type Letter = {
  /** Unique within the task; a letter of the same id is there once. */
  readonly id: string
  /** JSON; a store does not look into it. */
  readonly body: string
}

/** The part of a task store by which replicas reach each other's tasks. */
export interface LetterBox {
  /**
   * Leaves a letter for whoever works on the task, now or next. Letters keep their order.
   * They are taken away by an append that names them, and by the end of the task.
   * @throws TaskNotFoundError
   * @throws StaleWriteError when the task is terminal
   */
  post (scope: Scope, taskId: string, letter: Letter): Promise<void>

  /** The letters that have not been taken away, oldest first. Empty for a task that is not there. */
  letters (scope: Scope, taskId: string): Promise<Letter[]>

  /**
   * Tells of the tasks leased by `holder` to which letters come, until the signal fires; tells of those that are
   * there at its start, too. It may tell of a task too often, never too seldom, and survives a short outage of the store.
   */
  watch (holder: string, signal: StopSignal): AsyncIterable<TaskRef>

  /**
   * Tasks of an agent that somebody must take up: their lease has run out without having been released,
   * or they have letters and nobody holds them. Found by index; the longest waiting first.
   */
  abandoned (agent: string, limit: number): Promise<TaskRef[]>
}
