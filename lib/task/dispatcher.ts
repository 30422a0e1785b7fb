import { timestamp } from './clock.ts'
import type { RunnerSettings } from './desk.ts'
import type { JobQueue } from './jobs.ts'
import { Journal } from './journal.ts'
import { writeLetter } from './mail.ts'
import type { Scope } from './store.ts'
import { createdTask } from './turn-events.ts'
import type { Turn } from './turn.ts'

/** Leaves turns to the workers behind a job queue. */
export class Dispatcher {
  readonly #jobs: JobQueue
  readonly #settings: RunnerSettings

  constructor (jobs: JobQueue, settings: RunnerSettings) {
    this.#jobs = jobs
    this.#settings = settings
  }

  /** Stores the task that begins with this turn, and lets go of it. */
  async begin (scope: Scope, turn: Turn): Promise<void> {
    const { store, limits, onAppended } = this.#settings
    const { message: { taskId }, pushConfigs } = turn.request
    const journal = new Journal(scope, taskId, this.#settings, { onWritten: () => onAppended?.(scope, taskId), onBroken: () => {} })
    journal.create(createdTask(turn, timestamp(), limits.history), pushConfigs)
    await journal.flush()
    await store.post(scope, taskId, writeLetter({ start: { turnId: turn.id } }))
    await journal.release()
    this.call(scope, taskId)
  }

  /** Should the engine not hear of it, the workers find the task by themselves, later. */
  call (scope: Scope, taskId: string): void {
    this.#jobs.add({ scope, taskId }).catch(error => {
      this.#settings.log.warn({ err: error, taskId }, 'the job queue did not take a task; the workers will look for it')
    })
  }
}
