import type { Message } from '../../../schemas/v1/common.ts'
import { taskNotFound } from '../../protocol/errors.ts'
import { now } from '../../task/clock.ts'
import type { DeadLetter, PushClaim, PushOutcome, PushRecord, RecordPage, RecordQuery } from '../../push/records.ts'
import type { Letter, TaskRef } from '../../task/letters.ts'
import type { TaskEvent } from '../../task/log.ts'
import type { StopSignal } from '../../task/stop.ts'
import { InvalidCursorError, StaleWriteError } from '../../task/store-errors.ts'
import type {
  IdempotencyRecord, Lease, LeaseRequest, ListQuery, ReadBatch, ReadOptions, Scope, Snapshot, TaskPage, TaskStore, TaskWrite
} from '../../task/store.ts'
import { Keys } from './keys.ts'
import { Letters } from './letters.ts'
import { Pushes } from './pushes.ts'
import { TaskRecord } from './record.ts'
import { Retention, type RetentionOptions } from './retention.ts'
import { Scopes } from './scopes.ts'

export type MemoryStoreOptions = RetentionOptions & {
  /** Idempotency keys kept at most; the oldest leave first. Default: 100,000. */
  maxKeys?: number
}

/** Tasks in the memory of this process: fast, complete, and gone with it. */
export function createMemoryStore (options: MemoryStoreOptions = {}): TaskStore {
  return new MemoryStore(options)
}

class MemoryStore implements TaskStore {
  readonly isVolatile = true
  readonly #scopes = new Scopes()
  readonly #keys: Keys<IdempotencyRecord>
  readonly #letters = new Letters()
  readonly #pushes = new Pushes()
  readonly #retention: Retention
  #sequence = 0
  #latestStatus = 0

  constructor ({ maxKeys = 100_000, ...options }: MemoryStoreOptions) {
    this.#keys = new Keys(maxKeys)
    this.#retention = new Retention(options, record => this.#drop(record))
  }

  async create (scope: Scope, events: readonly TaskEvent[], request: LeaseRequest, pushConfigs: readonly PushRecord[] = []): Promise<{ generation: number, lease: Lease }> {
    const [first] = events
    if (first === undefined || !('created' in first)) throw new TypeError('the first event of a task is `created`')
    const { task } = first.created
    const index = this.#scopes.open(scope)
    if (index.tasks.has(task.id)) throw new StaleWriteError(`task ${task.id} exists already`)
    const record = new TaskRecord(index, first.created)
    index.tasks.set(task.id, record)
    const lease = newLease(request.ttl)
    record.lease = lease
    record.holder = request.holder
    for (const config of pushConfigs) this.#pushes.put(record, config)
    this.#write(record, events)
    if (!record.isFinished) this.#letters.taken(record)
    return { generation: record.generation, lease }
  }

  async append (scope: Scope, taskId: string, { expected, lease, events, takes }: TaskWrite): Promise<number> {
    const record = this.#find(scope, taskId)
    if (record.isFinished) throw new StaleWriteError(`task ${taskId} is ${record.state}, which is final`)
    if (record.lease?.token !== lease.token) throw new StaleWriteError(`task ${taskId} is leased to somebody else`)
    if (record.generation !== expected) throw new StaleWriteError(`task ${taskId} is at generation ${record.generation}, not ${expected}`)
    if (takes !== undefined) this.#letters.take(record, takes)
    if (events.length > 0) this.#write(record, events)
    return record.generation
  }

  get (scope: Scope, taskId: string): Promise<Snapshot | undefined> {
    return Promise.resolve(this.#lookUp(scope, taskId)?.snapshot)
  }

  async * read (scope: Scope, taskId: string, { after, signal }: ReadOptions = {}): AsyncGenerator<ReadBatch> {
    const isOver = () => signal?.aborted === true
    const record = this.#find(scope, taskId)
    record.beginRead()
    try {
      let position = after ?? record.generation
      if (after === undefined || !record.hasLog || after > record.generation) {
        position = record.generation
        yield { snapshot: record.snapshot }
      }
      while (!isOver()) {
        const pieces = record.entriesAfter(position)
        if (pieces === undefined) {
          // The log was dropped while this reader was busy: a snapshot stands for the rest of it.
          if (position < record.generation) yield { snapshot: record.snapshot }
          return
        }
        for (const entries of pieces) {
          position += entries.length
          yield { entries }
          if (isOver()) return
        }
        if (position < record.generation) continue
        if (record.isFinished || this.#lookUp(scope, taskId) !== record) return
        await record.changed(signal)
      }
    } finally {
      record.endRead()
    }
  }

  async list (scope: Scope, { contextId, state, since = -Infinity, limit, cursor }: ListQuery): Promise<TaskPage> {
    const before = cursor === undefined ? Infinity : parseCursor(cursor)
    const index = this.#scopes.find(scope)
    if (index === undefined) return { items: [], total: 0 }
    const { records, total } = index.find({ contextId, state, since, before, limit: limit + 1 })
    const page = records.slice(0, limit)
    const last = page[page.length - 1]
    const items = page.map(record => record.snapshot)
    return records.length > limit && last !== undefined
      ? { items, total, next: String(index.sequenceOf(last)) }
      : { items, total }
  }

  async hasForeignContext (scope: Scope, contextId: string): Promise<boolean> {
    return this.#scopes.besides(scope).some(index => index.hasContext(contextId))
  }

  async acquire (scope: Scope, taskId: string, request: LeaseRequest): Promise<Lease | undefined> {
    const record = this.#find(scope, taskId)
    if (record.lease !== undefined && record.lease.expiresAt > Date.now()) return undefined
    record.lease = newLease(request.ttl)
    record.holder = request.holder
    this.#letters.taken(record)
    return record.lease
  }

  async renew (scope: Scope, taskId: string, { token }: Lease, ttl: number): Promise<Lease | undefined> {
    const record = this.#lookUp(scope, taskId)
    if (record?.lease?.token !== token) return undefined
    record.lease = { token, expiresAt: Date.now() + ttl }
    return record.lease
  }

  async release (scope: Scope, taskId: string, { token }: Lease): Promise<void> {
    const record = this.#lookUp(scope, taskId)
    if (record?.lease?.token !== token) return
    record.lease = undefined
    record.holder = undefined
    this.#letters.released(record)
  }

  async remember (scope: Scope, key: string, record: IdempotencyRecord, ttl: number): Promise<IdempotencyRecord | undefined> {
    return this.#keys.add(scopeKey(scope) + key, record, ttl)
  }

  async rememberReply (scope: Scope, key: string, reply: Message): Promise<void> {
    this.#keys.change(scopeKey(scope) + key, record => ({ ...record, reply }))
  }

  async forget (scope: Scope, key: string): Promise<void> {
    this.#keys.delete(scopeKey(scope) + key)
  }

  async post (scope: Scope, taskId: string, letter: Letter): Promise<void> {
    const record = this.#find(scope, taskId)
    if (record.isFinished) throw new StaleWriteError(`task ${taskId} is ${record.state}, which is final`)
    this.#letters.post(record, letter)
  }

  async letters (scope: Scope, taskId: string): Promise<Letter[]> {
    const record = this.#lookUp(scope, taskId)
    return record === undefined ? [] : this.#letters.of(record)
  }

  watch (holder: string, signal: StopSignal): AsyncIterable<TaskRef> {
    return this.#letters.watch(holder, signal)
  }

  async abandoned (agent: string, limit: number): Promise<TaskRef[]> {
    return this.#letters.abandoned(agent, limit)
  }

  async putPushConfig (scope: Scope, taskId: string, config: PushRecord): Promise<void> {
    this.#pushes.put(this.#find(scope, taskId), config)
  }

  async getPushConfig (scope: Scope, taskId: string, id: string): Promise<PushRecord | undefined> {
    const slot = this.#lookUp(scope, taskId)?.pushes?.get(id)
    return slot && { id, config: slot.config }
  }

  async listPushConfigs (scope: Scope, taskId: string, query: RecordQuery): Promise<RecordPage<PushRecord>> {
    const record = this.#lookUp(scope, taskId)
    return record === undefined ? { items: [] } : this.#pushes.list(record, query)
  }

  async deletePushConfig (scope: Scope, taskId: string, id: string): Promise<void> {
    const record = this.#lookUp(scope, taskId)
    if (record !== undefined) this.#pushes.delete(record, id)
  }

  async claimPushes (agent: string, request: { ttl: number, limit: number }): Promise<PushClaim[]> {
    return this.#pushes.claim(agent, request)
  }

  async settlePush (claim: PushClaim, outcome: PushOutcome): Promise<boolean> {
    return this.#pushes.settle(this.#lookUp(claim.scope, claim.taskId), claim, outcome)
  }

  async listDeadLetters (agent: string, query: RecordQuery): Promise<RecordPage<DeadLetter>> {
    return this.#pushes.listDead(agent, query)
  }

  async takeDeadLetter (agent: string, id: string): Promise<DeadLetter | undefined> {
    return this.#pushes.takeDead(agent, id)
  }

  async ping (): Promise<void> {}

  async close (): Promise<void> {
    this.#retention.stop()
    for (const index of this.#scopes.all()) for (const record of [...index.tasks.values()]) this.#drop(record)
    this.#keys.clear()
    this.#pushes.clear()
  }

  #write (record: TaskRecord, events: readonly TaskEvent[]): void {
    record.append(events)
    if (record.pushes !== undefined) this.#pushes.appended(record)
    if (events.some(event => 'created' in event || 'statusUpdate' in event)) {
      record.scope.update(record, ++this.#sequence, this.#statusTime(record))
      if (!record.isFinished) this.#retention.touched(record)
    }
    if (record.isFinished) {
      record.lease = undefined
      record.holder = undefined
      this.#letters.ended(record)
      record.compact()
      this.#retention.finished(record)
    }
  }

  /** The time that the status names, as far as it keeps the order in which tasks were written. */
  #statusTime ({ statusTimestamp }: TaskRecord): number {
    const time = parseTime(statusTimestamp) || now()
    this.#latestStatus = Math.max(this.#latestStatus, Math.min(time, now()))
    return this.#latestStatus
  }

  #drop (record: TaskRecord): void {
    const { scope } = record
    scope.remove(record)
    this.#letters.ended(record)
    this.#pushes.dropped(record)
    if (scope.isEmpty) this.#scopes.delete(scope.scope)
    record.wakeAll()
  }

  #lookUp (scope: Scope, taskId: string): TaskRecord | undefined {
    return this.#scopes.find(scope)?.tasks.get(taskId)
  }

  #find (scope: Scope, taskId: string): TaskRecord {
    const record = this.#lookUp(scope, taskId)
    if (record === undefined) throw taskNotFound(taskId)
    return record
  }
}

function scopeKey ({ agent, tenant, owner }: Scope): string {
  // Lengths first: no choice of names makes two scopes alike.
  return `${agent.length}:${tenant.length}:${owner.length}:${agent}${tenant}${owner}`
}

function newLease (ttl: number): Lease {
  return { token: String(++leases), expiresAt: Date.now() + ttl }
}

/** Leases given in this process: a token need only differ from all others. */
let leases = 0

function parseCursor (cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw new InvalidCursorError('this is not a cursor of this store')
  return Number(cursor)
}

let parsed = { text: '', time: NaN }

/** Most statuses are of this very millisecond. */
function parseTime (text = ''): number {
  if (text !== parsed.text) parsed = { text, time: Date.parse(text) }
  return parsed.time
}
