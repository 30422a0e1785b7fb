import { randomUUID } from 'node:crypto'
import { taskNotFound } from '../../protocol/errors.ts'
import type { TaskRef } from '../../task/letters.ts'
import type { Lease, LeaseRequest, Scope } from '../../task/store.ts'
import type { Connection } from './connection.ts'
import { nameKey, readKey, taskKey, type Keys, type Place } from './keys.ts'
import * as scripts from './lua/leases.ts'

/** Names, each followed by since when it waits. */
type Waiting = readonly string[]

/** Who may write which task. */
export class Leases {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #onLost: (place: Place) => void
  /** Until when nobody but this process can write. */
  readonly #own = new Map<string, number>()

  /** @param onLost called when others may write a task again */
  constructor (connection: Connection, keys: Keys, onLost: (place: Place) => void) {
    this.#connection = connection
    this.#keys = keys
    this.#onLost = onLost
  }

  /** Whether only this process can write the task at present. */
  isOwn (place: Place): boolean {
    return (this.#own.get(taskKey(place)) ?? 0) > Date.now()
  }

  own (place: Place, { expiresAt }: Lease): void {
    const name = taskKey(place)
    this.#own.delete(name)
    this.#own.set(name, expiresAt)
    const [oldest] = this.#own
    if (oldest !== undefined && oldest[1] <= Date.now()) this.#own.delete(oldest[0])
  }

  disown (place: Place): void {
    if (this.#own.delete(taskKey(place))) this.#onLost(place)
  }

  async acquire (scope: Scope, taskId: string, { holder, ttl }: LeaseRequest): Promise<Lease | undefined> {
    const place = this.#keys.place(scope, taskId)
    const token = randomUUID()
    const answer = await this.#connection.runOn(place, scripts.acquire, token, nameKey(holder), ttl)
    if (answer === 'missing') throw taskNotFound(taskId)
    return answer === 'acquired' ? this.#held(place, token, ttl) : undefined
  }

  async renew (scope: Scope, taskId: string, { token }: Lease, ttl: number): Promise<Lease | undefined> {
    const place = this.#keys.place(scope, taskId)
    if (Number(await this.#connection.runOn(place, scripts.renew, token, ttl)) === 1) return this.#held(place, token, ttl)
    this.disown(place)
    return undefined
  }

  async release (scope: Scope, taskId: string, { token }: Lease): Promise<void> {
    const place = this.#keys.place(scope, taskId)
    this.disown(place)
    await this.#connection.runOn(place, scripts.release, token)
  }

  /** Longest waiting first. */
  async abandoned (agent: string, limit: number): Promise<TaskRef[]> {
    const answers = await Promise.all(this.#keys.tags.map(tag => this.#connection.run(scripts.abandoned, tag, nameKey(agent), limit)))
    const waiting = (answers as Array<[Waiting, Waiting]>).flat().flatMap(readWaiting) // as the script answers
    return waiting.sort((a, b) => a.since - b.since).slice(0, limit).map(({ name }) => refOf(name))
  }

  #held (place: Place, token: string, ttl: number): Lease {
    const lease = { token, expiresAt: Date.now() + ttl }
    this.own(place, lease)
    return lease
  }
}

function readWaiting (waiting: Waiting): Array<{ name: string, since: number }> {
  const found: Array<{ name: string, since: number }> = []
  for (let i = 0; i < waiting.length; i += 2) found.push({ name: waiting[i] ?? '', since: Number(waiting[i + 1]) })
  return found
}

export function refOf (name: string): TaskRef {
  const { scope, taskId } = readKey(name)
  return { scope, taskId }
}
