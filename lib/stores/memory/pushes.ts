import type { DeadLetter, PushClaim, PushOutcome, PushRecord, RecordPage, RecordQuery } from '../../push/records.ts'
import { InvalidCursorError } from '../../task/store-errors.ts'
import type { TaskRecord } from './record.ts'

/** A push configuration, and how far its deliveries have come. */
export type PushSlot = {
  readonly record: TaskRecord
  /** Its place among all: configurations are listed in this order. */
  readonly sequence: number
  readonly id: string
  config: string
  after: number
  attempts: number
  failingSince: number | undefined
  retryAt: number
  claim: { readonly token: string, readonly until: number } | undefined
}

/** Given-up deliveries that an agent keeps; the oldest leave first. */
const maxDeadLetters = 1000

/** Push configurations, which of them are due, and what was given up. */
export class Pushes {
  /** By agent; those that have waited longest stand first. */
  readonly #due = new Map<string, Set<PushSlot>>()
  readonly #dead = new Map<string, DeadLetter[]>()
  #sequence = 0

  /** @param after where deliveries of a new configuration begin */
  put (record: TaskRecord, { id, config }: PushRecord, after = record.generation): void {
    const known = record.pushes?.get(id)
    if (known !== undefined) {
      known.config = config
      return
    }
    record.pushes ??= new Map()
    const slot: PushSlot = { record, sequence: ++this.#sequence, id, config, after, attempts: 0, failingSince: undefined, retryAt: 0, claim: undefined }
    record.pushes.set(id, slot)
    if (after < record.generation) this.#makeDue(slot)
  }

  list ({ pushes }: TaskRecord, { limit, cursor }: RecordQuery): RecordPage<PushRecord> {
    const after = cursor === undefined ? 0 : parseCursor(cursor)
    const rest = [...pushes?.values() ?? []].filter(({ sequence }) => sequence > after)
    const page = rest.slice(0, limit)
    const last = page[page.length - 1]
    const items = page.map(({ id, config }) => ({ id, config }))
    return last !== undefined && rest.length > limit ? { items, next: String(last.sequence) } : { items }
  }

  delete (record: TaskRecord, id: string): void {
    const slot = record.pushes?.get(id)
    if (slot === undefined) return
    record.pushes?.delete(id)
    this.#settleDue(slot)
  }

  /** The task has new events. */
  appended ({ pushes }: TaskRecord): void {
    for (const slot of pushes?.values() ?? []) this.#makeDue(slot)
  }

  /** The task is gone. */
  dropped (record: TaskRecord): void {
    for (const id of [...record.pushes?.keys() ?? []]) this.delete(record, id)
  }

  claim (agent: string, { ttl, limit }: { ttl: number, limit: number }): PushClaim[] {
    const time = Date.now()
    const claims: PushClaim[] = []
    for (const slot of this.#due.get(agent) ?? []) {
      if (claims.length === limit) break
      if (slot.retryAt > time || (slot.claim !== undefined && slot.claim.until > time)) continue
      const token = String(++this.#sequence)
      slot.claim = { token, until: time + ttl }
      const { record, id, config, after, attempts, failingSince } = slot
      claims.push({ scope: record.scope.scope, taskId: record.id, id, config, after, attempts, failingSince, token })
    }
    return claims
  }

  settle (record: TaskRecord | undefined, { id, token, scope: { agent } }: PushClaim, { after, attempts, failingSince, retryAt = 0, deadLetters = [] }: PushOutcome): boolean {
    const slot = record?.pushes?.get(id)
    if (slot === undefined || slot.claim?.token !== token) return false
    Object.assign(slot, { after, attempts, failingSince, retryAt, claim: undefined })
    this.#settleDue(slot)
    if (after < slot.record.generation) this.#makeDue(slot)
    if (deadLetters.length > 0) this.#dead.set(agent, [...this.#dead.get(agent) ?? [], ...deadLetters].slice(-maxDeadLetters))
    return true
  }

  listDead (agent: string, { limit, cursor }: RecordQuery): RecordPage<DeadLetter> {
    const letters = [...this.#dead.get(agent) ?? []].reverse()
    const start = cursor === undefined ? 0 : letters.findIndex(({ id }) => id === cursor) + 1
    if (cursor !== undefined && start === 0) throw new InvalidCursorError('this is not a cursor of this store')
    const items = letters.slice(start, start + limit)
    const last = items[items.length - 1]
    return last !== undefined && letters.length > start + limit ? { items, next: last.id } : { items }
  }

  takeDead (agent: string, id: string): DeadLetter | undefined {
    const letters = this.#dead.get(agent) ?? []
    const found = letters.find(letter => letter.id === id)
    if (found !== undefined) this.#dead.set(agent, letters.filter(letter => letter !== found))
    return found
  }

  clear (): void {
    this.#due.clear()
    this.#dead.clear()
  }

  #makeDue (slot: PushSlot): void {
    const { agent } = slot.record.scope.scope
    const due = this.#due.get(agent)
    if (due === undefined) this.#due.set(agent, new Set([slot]))
    else due.add(slot)
    slot.record.pinLog()
  }

  #settleDue (slot: PushSlot): void {
    const { record } = slot
    const due = this.#due.get(record.scope.scope.agent)
    due?.delete(slot)
    if (![...record.pushes?.values() ?? []].some(other => due?.has(other) === true)) record.unpinLog()
  }
}

function parseCursor (cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw new InvalidCursorError('this is not a cursor of this store')
  return Number(cursor)
}
