import { Members, type Member } from './members.ts'
import { soon } from './soon.ts'

/** Those who work on tasks, each found by its task. */
export class Runners<T extends Member & { readonly taskId: string }> {
  readonly #byTask = new Map<string, T>()
  /** Those of this turn of the event loop: most of them rest before it is over, and before anybody has looked for them. */
  readonly #fresh = new Members<T>()
  #isSettling = false

  get size (): number {
    return this.#byTask.size + this.#fresh.size
  }

  add (runner: T): void {
    this.#fresh.add(runner)
    if (this.#isSettling) return
    this.#isSettling = true
    soon(() => {
      this.#isSettling = false
      this.#settle()
    })
  }

  get (taskId: string): T | undefined {
    this.#settle()
    return this.#byTask.get(taskId)
  }

  delete (runner: T): void {
    if (!this.#fresh.delete(runner)) this.#byTask.delete(runner.taskId)
  }

  all (): T[] {
    return [...this.#byTask.values(), ...this.#fresh]
  }

  #settle (): void {
    if (this.#fresh.size === 0) return
    for (const runner of this.#fresh.takeAll()) this.#byTask.set(runner.taskId, runner)
  }
}
