import { randomUUID } from 'node:crypto'
import type { Message } from '../../../schemas/v1/common.ts'
import { taskNotFound } from '../../protocol/errors.ts'
import type { DeadLetter, PushClaim, PushOutcome, PushRecord, RecordPage, RecordQuery } from '../../push/records.ts'
import type { Letter, TaskRef } from '../../task/letters.ts'
import type { TaskEvent } from '../../task/log.ts'
import { isTerminal } from '../../task/states.ts'
import type { StopSignal } from '../../task/stop.ts'
import { StaleWriteError } from '../../task/store-errors.ts'
import type {
  IdempotencyRecord, Lease, LeaseRequest, ListQuery, ReadBatch, ReadOptions, Scope, Snapshot, TaskPage, TaskStore, TaskWrite
} from '../../task/store.ts'
import { Draft, Drafts } from '../shared/drafts.ts'
import { outlasting } from '../shared/outlasting.ts'
import { refusal } from '../shared/refusal.ts'
import { readDraft, readSnapshot } from '../shared/stored-task.ts'
import { Batch } from './batch.ts'
import type { Connection } from './connection.ts'
import { Feed } from './feed.ts'
import { KeyRecords } from './key-records.ts'
import { taskKey, type Keys, type Place } from './keys.ts'
import { Leases } from './leases.ts'
import { hasForeignContext, listTasks } from './list.ts'
import { LetterBoxes } from './letters.ts'
import * as tasks from './lua/tasks.ts'
import { Pushes } from './pushes.ts'
import { readTask } from './read.ts'
import { storedTask, type TaskReply } from './replies.ts'
import { Retention, type RetentionOptions } from './retention.ts'

export type RedisStoreOptions = RetentionOptions & {
  /** Between two looks for what a lost connection may have missed, in ms. Default: 1,000. */
  pollInterval?: number
  /** How long a live read waits for a server that is away, in ms. Default: 30,000. */
  outage?: number
}

/** Characters of events that are told to readers elsewhere; those of bigger appends are read from the log. */
const maxTold = 32_768

/** Tasks in Redis or Valkey, on one server or on a cluster. */
export class RedisStore implements TaskStore {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #outage: number
  readonly #feed: Feed
  readonly #retention: Retention
  readonly #drafts = new Drafts()
  readonly #records: KeyRecords
  readonly #pushes: Pushes
  readonly #leases: Leases
  readonly #letters: LetterBoxes
  #isClosed = false

  constructor (connection: Connection, keys: Keys, { pollInterval = 1000, outage = 30_000, ...retention }: RedisStoreOptions = {}) {
    this.#connection = connection
    this.#keys = keys
    this.#outage = outage
    this.#feed = new Feed(connection, pollInterval)
    this.#retention = new Retention(connection, keys, retention)
    this.#records = new KeyRecords(connection, keys)
    this.#pushes = new Pushes(connection, keys)
    this.#leases = new Leases(connection, keys, place => this.#feed.disown(place))
    this.#letters = new LetterBoxes(connection, keys, this.#feed)
  }

  async create (scope: Scope, events: readonly TaskEvent[], { holder, ttl }: LeaseRequest, pushConfigs: readonly PushRecord[] = []): Promise<{ generation: number, lease: Lease }> {
    const draft = Draft.create(events)
    const { id, contextId = '', status } = draft.folding.task
    const place = this.#keys.place(scope, id)
    const text = JSON.stringify(events)
    const isFinished = isTerminal(status.state)
    const snapshot = draft.snapshotFor([text])
    const token = randomUUID()
    const generation = await this.#connection.runOn(place, tasks.create,
      token, JSON.stringify(holder), ttl, events.length, text, status.state, JSON.stringify(contextId), draft.updatedAt, isFinished ? 1 : 0,
      snapshot?.task ?? '', snapshot?.meta ?? '', ...pushConfigs.flatMap(({ id, config }) => [JSON.stringify(id), config]))
    if (generation === null) throw new StaleWriteError(`task ${id} exists already`)
    const lease = { token, expiresAt: Date.now() + ttl }
    if (!isFinished) {
      this.#drafts.put(taskKey(place), draft)
      this.#leases.own(place, lease)
    }
    return { generation: draft.generation, lease }
  }

  async append (scope: Scope, taskId: string, { expected, lease, events, takes = [] }: TaskWrite): Promise<number> {
    const place = this.#keys.place(scope, taskId)
    const key = taskKey(place)
    const draft = this.#drafts.take(key, expected) ?? await this.#loadDraft(place, taskId, expected)
    const text = JSON.stringify(events)
    draft.take(events)
    const { state } = draft.folding.task.status
    const hasStatus = events.some(event => 'statusUpdate' in event)
    const isFinished = hasStatus && isTerminal(state)
    const snapshot = draft.snapshotFor([text])
    const answer = String(await this.#connection.runOn(place, tasks.append,
      expected, lease.token, randomUUID(), events.length, text, hasStatus ? state : '', draft.updatedAt, isFinished ? 1 : 0,
      snapshot?.task ?? '', snapshot?.meta ?? '', text.length <= maxTold ? 1 : 0, ...takes.map(id => JSON.stringify(id))))
    if (!/^\d+$/.test(answer)) {
      this.#leases.disown(place)
      throw refusal(answer, taskId)
    }
    if (isFinished) this.#leases.disown(place)
    else this.#drafts.put(key, draft)
    if (events.length > 0) this.#feed.tell(place, new Batch(draft.generation, text, events))
    return draft.generation
  }

  async get (scope: Scope, taskId: string): Promise<Snapshot | undefined> {
    return await this.#get(this.#keys.place(scope, taskId))
  }

  async * read (scope: Scope, taskId: string, { after, signal }: ReadOptions = {}): AsyncGenerator<ReadBatch> {
    const place = this.#keys.place(scope, taskId)
    const isOver = () => this.#isClosed || signal?.aborted === true
    const ear = this.#feed.openTask(place, this.#leases.isOwn(place))
    try {
      yield * readTask({
        ear,
        taskId,
        after,
        signal,
        isOver,
        get: () => outlasting(this.#outage, isOver, () => this.#get(place)),
        run: (script, ...args) => outlasting(this.#outage, isOver, () => this.#connection.runOn(place, script, ...args))
      })
    } catch (error) {
      if (!isOver()) throw error
    } finally {
      this.#feed.closeTask(place, ear)
    }
  }

  list (scope: Scope, query: ListQuery): Promise<TaskPage> {
    return listTasks(this.#connection, this.#keys, scope, query)
  }

  hasForeignContext (scope: Scope, contextId: string): Promise<boolean> {
    return hasForeignContext(this.#connection, this.#keys, scope, contextId)
  }

  acquire (scope: Scope, taskId: string, request: LeaseRequest): Promise<Lease | undefined> {
    return this.#leases.acquire(scope, taskId, request)
  }

  renew (scope: Scope, taskId: string, lease: Lease, ttl: number): Promise<Lease | undefined> {
    return this.#leases.renew(scope, taskId, lease, ttl)
  }

  release (scope: Scope, taskId: string, lease: Lease): Promise<void> {
    return this.#leases.release(scope, taskId, lease)
  }

  remember (scope: Scope, key: string, record: IdempotencyRecord, ttl: number): Promise<IdempotencyRecord | undefined> {
    return this.#records.remember(scope, key, record, ttl)
  }

  rememberReply (scope: Scope, key: string, reply: Message): Promise<void> {
    return this.#records.rememberReply(scope, key, reply)
  }

  forget (scope: Scope, key: string): Promise<void> {
    return this.#records.forget(scope, key)
  }

  post (scope: Scope, taskId: string, letter: Letter): Promise<void> {
    return this.#letters.post(scope, taskId, letter)
  }

  letters (scope: Scope, taskId: string): Promise<Letter[]> {
    return this.#letters.of(scope, taskId)
  }

  watch (holder: string, signal: StopSignal): AsyncGenerator<TaskRef> {
    return this.#letters.watch(holder, signal, () => this.#isClosed || signal.aborted)
  }

  abandoned (agent: string, limit: number): Promise<TaskRef[]> {
    return this.#leases.abandoned(agent, limit)
  }

  putPushConfig (scope: Scope, taskId: string, record: PushRecord): Promise<void> {
    return this.#pushes.put(scope, taskId, record)
  }

  getPushConfig (scope: Scope, taskId: string, id: string): Promise<PushRecord | undefined> {
    return this.#pushes.get(scope, taskId, id)
  }

  listPushConfigs (scope: Scope, taskId: string, query: RecordQuery): Promise<RecordPage<PushRecord>> {
    return this.#pushes.list(scope, taskId, query)
  }

  deletePushConfig (scope: Scope, taskId: string, id: string): Promise<void> {
    return this.#pushes.delete(scope, taskId, id)
  }

  claimPushes (agent: string, request: { ttl: number, limit: number }): Promise<PushClaim[]> {
    return this.#pushes.claim(agent, request)
  }

  settlePush (claim: PushClaim, outcome: PushOutcome): Promise<boolean> {
    return this.#pushes.settle(claim, outcome)
  }

  listDeadLetters (agent: string, query: RecordQuery): Promise<RecordPage<DeadLetter>> {
    return this.#pushes.listDead(agent, query)
  }

  takeDeadLetter (agent: string, id: string): Promise<DeadLetter | undefined> {
    return this.#pushes.takeDead(agent, id)
  }

  ping (): Promise<void> {
    return this.#connection.ping()
  }

  async close (): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#feed.stop()
    this.#retention.stop()
    this.#connection.close()
  }

  async #get (place: Place): Promise<Snapshot | undefined> {
    const found = await this.#find(place)
    return found === null ? undefined : readSnapshot(storedTask(found))
  }

  async #find (place: Place): Promise<TaskReply | null> {
    return await this.#connection.runOn(place, tasks.find) as TaskReply | null // as the script answers
  }

  async #loadDraft (place: Place, taskId: string, expected: number): Promise<Draft> {
    const found = await this.#find(place)
    if (found === null) throw taskNotFound(taskId)
    const draft = readDraft(storedTask(found))
    if (draft.generation !== expected) throw new StaleWriteError(`task ${taskId} is at generation ${draft.generation}, not ${expected}`)
    return draft
  }
}
