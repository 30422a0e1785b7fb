import { Members } from './members.ts'
import type { TaskRunner } from './runner.ts'
import { soon } from './soon.ts'

/** The runners of this process, each found by its task. */
export class Runners {
  readonly #byTask = new Map<string, TaskRunner>()
  /** Those of this turn of the event loop: most of them rest before it is over, and before anybody has looked for them. */
  readonly #fresh = new Members<TaskRunner>()
  #isSettling = false

  get size (): number {
    return this.#byTask.size + this.#fresh.size
  }

  add (runner: TaskRunner): void {
    this.#fresh.add(runner)
    if (this.#isSettling) return
    this.#isSettling = true
    soon(() => {
      this.#isSettling = false
      this.#settle()
    })
  }

  get (taskId: string): TaskRunner | undefined {
    this.#settle()
    return this.#byTask.get(taskId)
  }

  delete (runner: TaskRunner): void {
    if (!this.#fresh.delete(runner)) this.#byTask.delete(runner.taskId)
  }

  all (): TaskRunner[] {
    return [...this.#byTask.values(), ...this.#fresh]
  }

  #settle (): void {
    if (this.#fresh.size === 0) return
    for (const runner of this.#fresh.takeAll()) this.#byTask.set(runner.taskId, runner)
  }
}
