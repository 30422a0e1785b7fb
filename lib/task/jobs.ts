import type { TaskRef } from './letters.ts'

/** Carries tasks, by a job engine, to the processes that work on them. */
export interface JobQueue {
  /** Whether this process works on tasks; others only take messages. */
  readonly isWorker: boolean
  /** Asks for work on a task; resolves when the engine has stored that. Asking again while it waits changes nothing. */
  add (task: TaskRef): Promise<void>
  /** What this process can work on. */
  serve (server: JobServer): void
  /** Begins to fetch jobs, where this process is a worker. */
  start (): Promise<void>
  /** Fetches no more. */
  rest (): Promise<void>
  close (): Promise<void>
}

export type JobServer = {
  /** By their names in the store. */
  agents (): Iterable<string>
  /** Resolves when nothing is left to do for the task. Rejects when it is to be tried again, here or elsewhere. */
  work (task: TaskRef): Promise<void>
}

/** Those who work in this process, for the engines. */
export class JobServers {
  readonly #servers: JobServer[] = []

  add (server: JobServer): void {
    this.#servers.push(server)
  }

  async work (task: TaskRef): Promise<void> {
    const { agent } = task.scope
    const server = this.#servers.find(({ agents }) => [...agents()].includes(agent))
    if (server === undefined) throw new Error(`This process has no agent ${agent}`)
    await server.work(task)
  }
}
