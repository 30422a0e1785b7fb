import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../helpers/postgres.ts'

/** What replicas say when they are killed and their store is away is of no interest, unless somebody looks for it. */
const output = process.env.CHAOS_LOG === undefined ? 'ignore' : 'inherit'

/** Three replicas, each on a port of its own. */
export class Fleet {
  readonly ports: readonly number[]
  readonly #store: string
  readonly #children: Array<ChildProcess | undefined> = []

  private constructor (store: string, ports: readonly number[]) {
    this.#store = store
    this.ports = ports
  }

  static async start (store: string): Promise<Fleet> {
    const fleet = new Fleet(store, [await freePort(), await freePort(), await freePort()])
    await Promise.all(fleet.ports.map((_, i) => fleet.#start(i)))
    return fleet
  }

  /** Ends one of them, and starts it again. @param signal SIGKILL is a crash, SIGTERM a rolling restart */
  async restart (i: number, signal: NodeJS.Signals): Promise<void> {
    await this.#end(i, signal)
    await this.#start(i)
  }

  async stop (): Promise<void> {
    await Promise.all(this.ports.map((_, i) => this.#end(i, 'SIGKILL')))
  }

  async #start (i: number): Promise<void> {
    const child = fork(new URL('server.ts', import.meta.url), [this.#store, String(this.ports[i])], {
      execArgv: ['--import', 'tsx'], stdio: ['ignore', output, output, 'ipc']
    })
    this.#children[i] = child
    // A store that is away while it starts ends it: somebody has to start it again, as a supervisor would.
    const isReady = await Promise.race([once(child, 'message').then(() => true), once(child, 'exit').then(() => false)])
    if (!isReady) await this.#start(i)
  }

  async #end (i: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children[i]
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
}
