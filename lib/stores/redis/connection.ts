import type { Cluster, Redis, RedisOptions } from 'ioredis'
import { toStoreError } from './errors.ts'
import type { Place } from './keys.ts'
import type { Script } from './lua/script.ts'

/** What a script is given; numbers go as decimals. */
export type Argument = string | number

/** A connection to a server or cluster for commands, and another one that listens. */
export class Connection {
  readonly #client: Redis | Cluster
  readonly #isOwn: boolean
  #listener: Redis | Cluster | undefined
  #isClosed = false

  /** @param isOwn whether the client ends with the store */
  constructor (client: Redis | Cluster, isOwn: boolean) {
    this.#client = client
    this.#isOwn = isOwn
    if (isOwn) client.on('error', ignore) // calls fail, and say so
  }

  /**
   * Runs a script on a shard.
   * @throws StoreUnavailableError
   */
  async run (script: Script, tag: string, ...args: readonly Argument[]): Promise<unknown> {
    try {
      return await this.#client.evalsha(script.sha, 1, tag, ...args)
    } catch (error) {
      if (!isUnknownScript(error)) throw toStoreError(error)
    }
    try {
      return await this.#client.eval(script.lua, 1, tag, ...args)
    } catch (error) {
      throw toStoreError(error)
    }
  }

  /** Runs a script on a task. @throws StoreUnavailableError */
  runOn ({ tag, scope, id, agent }: Place, script: Script, ...args: readonly Argument[]): Promise<unknown> {
    return this.run(script, tag, scope, id, agent, ...args)
  }

  /**
   * Listens on a connection of its own, which is made when it is first needed and made again when it was lost.
   * @param onUp called whenever it listens again: what came before that may have been missed
   */
  listen (onMessage: (channel: string, text: string) => void, onUp: () => void): Listener {
    const listener = this.#listener ??= duplicate(this.#client)
    listener.on('error', ignore)
    listener.on('message', onMessage)
    // Subscriptions have been asked for again by then: they stand when the server has answered.
    listener.on('ready', () => { listener.ping().then(onUp, ignore) })
    return {
      subscribe: async channel => { await listener.subscribe(channel) },
      unsubscribe: async channel => { await listener.unsubscribe(channel) }
    }
  }

  async ping (): Promise<void> {
    try {
      await this.#client.ping()
    } catch (error) {
      throw toStoreError(error)
    }
  }

  close (): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#listener?.disconnect()
    if (this.#isOwn) this.#client.disconnect()
  }
}

export type Listener = {
  /** Resolves when what is published from now on is heard. */
  subscribe (channel: string): Promise<void>
  unsubscribe (channel: string): Promise<void>
}

/** A connection that waits for a server that is away, and then takes up its subscriptions again. */
function duplicate (client: Redis | Cluster): Redis | Cluster {
  const options: RedisOptions = {
    enableOfflineQueue: true,
    autoResubscribe: true,
    maxRetriesPerRequest: null,
    lazyConnect: false,
    retryStrategy: attempt => Math.min(50 * attempt, 500)
  }
  if (!('slots' in client)) return client.duplicate(options)
  return client.duplicate([], { ...client.options, enableOfflineQueue: true, lazyConnect: false })
}

function isUnknownScript (error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

function ignore (): void {}
