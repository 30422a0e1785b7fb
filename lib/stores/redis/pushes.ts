import { randomUUID } from 'node:crypto'
import { taskNotFound } from '../../protocol/errors.ts'
import type { DeadLetter, PushClaim, PushOutcome, PushRecord, RecordPage, RecordQuery } from '../../push/records.ts'
import { InvalidCursorError } from '../../task/store-errors.ts'
import type { Scope } from '../../task/store.ts'
import type { Argument, Connection } from './connection.ts'
import { nameKey, readKey, type Keys } from './keys.ts'
import * as scripts from './lua/pushes.ts'
import type { Script } from './lua/script.ts'

/** Given-up deliveries that an agent keeps on each shard; the oldest leave first. */
const maxDeadLetters = 100_000
/** Characters that a dead letter's place has. */
const placeSize = 32

type ClaimReply = readonly [member: string, config: string, after: string, attempts: string, failing: string | null]

/** Push configurations, which of them are due, and what was given up. */
export class Pushes {
  readonly #connection: Connection
  readonly #keys: Keys

  constructor (connection: Connection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async put (scope: Scope, taskId: string, { id, config }: PushRecord): Promise<void> {
    if (Number(await this.#run(scripts.put, scope, taskId, nameKey(id), config)) !== 1) throw taskNotFound(taskId)
  }

  async get (scope: Scope, taskId: string, id: string): Promise<PushRecord | undefined> {
    const config = await this.#run(scripts.get, scope, taskId, nameKey(id))
    return config === null ? undefined : { id, config: String(config) }
  }

  async list (scope: Scope, taskId: string, { limit, cursor = '0' }: RecordQuery): Promise<RecordPage<PushRecord>> {
    if (!/^\d{1,15}$/.test(cursor)) throw new InvalidCursorError('this is not a cursor of this store')
    const rows = await this.#run(scripts.list, scope, taskId, cursor, limit + 1) as Array<[place: string, id: string, config: string]> // as the script answers
    const items = rows.slice(0, limit).map(([, id, config]) => ({ id: JSON.parse(id) as string, config }))
    const last = rows[limit - 1]
    return last !== undefined && rows.length > limit ? { items, next: last[0] } : { items }
  }

  async delete (scope: Scope, taskId: string, id: string): Promise<void> {
    await this.#run(scripts.remove, scope, taskId, nameKey(id))
  }

  async claim (agent: string, { ttl, limit }: { ttl: number, limit: number }): Promise<PushClaim[]> {
    const claims: PushClaim[] = []
    for (const tag of await this.#tagsWithDue(agent)) {
      if (claims.length >= limit) break
      const token = randomUUID()
      const rows = await this.#connection.run(scripts.claim, tag, nameKey(agent), token, ttl, limit - claims.length) as ClaimReply[] // as the script answers
      claims.push(...rows.map(row => readClaim(row, token)))
    }
    return claims
  }

  async settle ({ scope, taskId, id, token }: PushClaim, { after, attempts, failingSince, retryAt, deadLetters = [] }: PushOutcome): Promise<boolean> {
    const dead = deadLetters.flatMap(letter => [nameKey(letter.id), JSON.stringify(letter)])
    return Number(await this.#run(scripts.settle, scope, taskId, nameKey(id), token, after, attempts, failingSince ?? '', retryAt ?? '', maxDeadLetters, ...dead)) === 1
  }

  async listDead (agent: string, { limit, cursor }: RecordQuery): Promise<RecordPage<DeadLetter>> {
    if (cursor !== undefined && !/^\d{15}-\d{16}$/.test(cursor)) throw new InvalidCursorError('this is not a cursor of this store')
    const before = cursor === undefined ? '+' : `(${cursor}`
    const pages = await Promise.all(this.#keys.tags.map(tag => this.#connection.run(scripts.listDead, tag, nameKey(agent), before, limit + 1)))
    const found = (pages as string[][]).flat().sort().reverse() // as the script answers
    const items = found.slice(0, limit).map(readDead)
    const last = found[limit - 1]
    return last !== undefined && found.length > limit ? { items, next: last.slice(0, placeSize) } : { items }
  }

  async takeDead (agent: string, id: string): Promise<DeadLetter | undefined> {
    const answers = await Promise.all(this.#keys.tags.map(tag => this.#connection.run(scripts.takeDead, tag, nameKey(agent), nameKey(id))))
    const found = answers.find(answer => answer !== null)
    return found === undefined ? undefined : readDead(String(found))
  }

  /** Where something is due, the longest waiting first; a lone shard is asked at once. */
  async #tagsWithDue (agent: string): Promise<readonly string[]> {
    const { tags } = this.#keys
    if (tags.length === 1) return tags
    const found = await Promise.all(tags.map(async tag => ({ tag, since: await this.#connection.run(scripts.due, tag, nameKey(agent)) })))
    return found.filter(({ since }) => since !== null).sort((a, b) => Number(a.since) - Number(b.since)).map(({ tag }) => tag)
  }

  #run (script: Script, scope: Scope, taskId: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#connection.runOn(this.#keys.place(scope, taskId), script, ...args)
  }
}

function readClaim ([member, config, after, attempts, failing]: ClaimReply, token: string): PushClaim {
  const { scope, taskId, rest: id } = readKey(member)
  return { id, config, scope, taskId, after: Number(after), attempts: Number(attempts), failingSince: failing === null ? undefined : Number(failing), token }
}

function readDead (letter: string): DeadLetter {
  return JSON.parse(letter.slice(placeSize)) as DeadLetter // as `settle` wrote it
}
