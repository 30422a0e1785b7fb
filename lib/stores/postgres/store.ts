import { randomUUID } from 'node:crypto'
import type { Message } from '../../../schemas/v1/common.ts'
import { taskNotFound } from '../../protocol/errors.ts'
import type { DeadLetter, PushClaim, PushOutcome, PushRecord, RecordPage, RecordQuery } from '../../push/records.ts'
import type { Letter, TaskRef } from '../../task/letters.ts'
import { entriesOf, type TaskEvent } from '../../task/log.ts'
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
import { KeyTable } from './key-table.ts'
import { Leases } from './leases.ts'
import { LetterTable } from './letter-table.ts'
import { listTasks } from './list.ts'
import { News } from './news.ts'
import { PushTable } from './push-table.ts'
import { Retention, type RetentionOptions } from './retention.ts'
import { nameKey, ownersKey, readEvent, scopeKey, storedTask } from './rows.ts'
import { toStoreError, type Row, type Sql, type Value } from './sql.ts'

export type PostgresStoreOptions = RetentionOptions & {
  /** Where the tables are. Default: `a2a`. */
  schema?: string
  /** Between two looks for what a lost connection may have missed, in ms. Default: 1,000. */
  pollInterval?: number
  /** How long a live read waits for a database that is away, in ms. Default: 30,000. */
  outage?: number
}

/** Events that a read takes at once. */
const readSize = 1000

/** Tasks in PostgreSQL, on a server or in this process. The schema must be there: see `migrate`. */
export class PostgresStore implements TaskStore {
  readonly #sql: Sql
  readonly #schema: string
  readonly #outage: number
  readonly #news: News
  readonly #retention: Retention
  readonly #drafts = new Drafts()
  readonly #keys: KeyTable
  readonly #pushes: PushTable
  readonly #leases: Leases
  readonly #letters: LetterTable
  #isClosed = false

  constructor (sql: Sql, { schema = 'a2a', pollInterval = 1000, outage = 30_000, ...retention }: PostgresStoreOptions = {}) {
    this.#sql = sql
    this.#schema = `"${schema}"`
    this.#outage = outage
    this.#news = new News(sql, schema, pollInterval)
    this.#retention = new Retention(sql, schema, retention)
    const run = (text: string, values: readonly Value[]) => this.#run(text, values)
    this.#keys = new KeyTable(run, this.#schema)
    this.#pushes = new PushTable(run, this.#schema)
    this.#leases = new Leases(run, this.#schema)
    this.#letters = new LetterTable(run, this.#schema, this.#news)
  }

  async create (scope: Scope, events: readonly TaskEvent[], { holder, ttl }: LeaseRequest, pushConfigs: readonly PushRecord[] = []): Promise<{ generation: number, lease: Lease }> {
    const draft = Draft.create(events)
    const { id, contextId = '', status } = draft.folding.task
    const texts = events.map(event => JSON.stringify(event))
    const isFinished = isTerminal(status.state)
    const snapshot = draft.snapshotFor(texts)
    const token = randomUUID()
    const configs = pushConfigs.length === 0 ? [null, null] : [pushConfigs.map(({ id }) => nameKey(id)), pushConfigs.map(({ config }) => nameKey(config))]
    const [row] = await this.#run(`select ${this.#schema}.a2a_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) as generation`, [
      scopeKey(scope), nameKey(scope.agent), nameKey(id), nameKey(contextId), texts, status.state, draft.updatedAt, isFinished,
      snapshot?.task ?? null, snapshot?.meta ?? null, token, nameKey(holder), ttl, ...configs as [Value, Value]
    ])
    if (row?.generation == null) throw new StaleWriteError(`task ${id} exists already`)
    if (!isFinished) this.#drafts.put(draftKey(scope, id), draft)
    return { generation: draft.generation, lease: { token, expiresAt: Date.now() + ttl } }
  }

  async append (scope: Scope, taskId: string, { expected, lease, events, takes }: TaskWrite): Promise<number> {
    const draft = this.#drafts.take(draftKey(scope, taskId), expected) ?? await this.#loadDraft(scope, taskId, expected)
    const texts = events.map(event => JSON.stringify(event))
    draft.take(events)
    const { state } = draft.folding.task.status
    const hasStatus = events.some(event => 'statusUpdate' in event)
    const isFinished = hasStatus && isTerminal(state)
    const snapshot = draft.snapshotFor(texts)
    const [row] = await this.#run(`select ${this.#schema}.a2a_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as answer`, [
      scopeKey(scope), nameKey(taskId), expected, lease.token, texts, hasStatus ? state : null, draft.updatedAt, isFinished,
      snapshot?.task ?? null, snapshot?.meta ?? null, takes === undefined ? null : takes.map(nameKey)
    ])
    const answer = String(row?.answer)
    if (/^\d+$/.test(answer)) {
      if (!isFinished) this.#drafts.put(draftKey(scope, taskId), draft)
      return Number(answer)
    }
    throw refusal(answer, taskId)
  }

  async get (scope: Scope, taskId: string): Promise<Snapshot | undefined> {
    const row = await this.#find(scope, taskId)
    return row === undefined ? undefined : readSnapshot(storedTask(row))
  }

  async * read (scope: Scope, taskId: string, { after, signal }: ReadOptions = {}): AsyncGenerator<ReadBatch> {
    const isOver = () => this.#isClosed || signal?.aborted === true
    const last = <T>(work: () => Promise<T>) => outlasting(this.#outage, isOver, work)
    const first = await last(() => this.#find(scope, taskId))
    if (first === undefined) throw taskNotFound(taskId)
    const key = String(first.key)
    const ear = this.#news.tasks.open(key)
    this.#news.start()
    try {
      let position = after ?? -1
      if (after === undefined || first.has_log !== true || after > Number(first.generation)) {
        const snapshot = readSnapshot(storedTask(first))
        position = snapshot.generation
        yield { snapshot }
      }
      while (!isOver()) {
        const from = position
        const rows = await last(() => this.#readLog(key, from))
        const [head] = rows
        if (head === undefined) return
        if (head.has_log !== true) {
          // The log was dropped while this reader was busy: a snapshot stands for the rest of it.
          const rest = position < Number(head.head) ? await last(() => this.get(scope, taskId)) : undefined
          if (rest !== undefined) yield { snapshot: rest }
          return
        }
        if (head.event === null) {
          if (head.finished === true) return
          await ear.after(position, signal)
          continue
        }
        const entries = entriesOf(Number(head.generation), rows.map(({ event }) => readEvent(event)))
        position += entries.length
        yield { entries }
      }
    } catch (error) {
      if (!isOver()) throw error
    } finally {
      this.#news.tasks.close(key, ear)
    }
  }

  async list (scope: Scope, query: ListQuery): Promise<TaskPage> {
    return await listTasks((text, values) => this.#run(text, values), this.#schema, scope, query)
  }

  async hasForeignContext (scope: Scope, contextId: string): Promise<boolean> {
    const rows = await this.#run(`select 1 from ${this.#schema}.a2a_tasks where agent = $1 and context = $2 and scope <> $3 and starts_with(scope, $4) limit 1`,
      [nameKey(scope.agent), nameKey(contextId), scopeKey(scope), ownersKey(scope)])
    return rows.length > 0
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
    return this.#keys.remember(scope, key, record, ttl)
  }

  rememberReply (scope: Scope, key: string, reply: Message): Promise<void> {
    return this.#keys.rememberReply(scope, key, reply)
  }

  forget (scope: Scope, key: string): Promise<void> {
    return this.#keys.forget(scope, key)
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

  async ping (): Promise<void> {
    await this.#run('select 1', [])
  }

  async close (): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#news.stop()
    this.#retention.stop()
    await this.#sql.close()
  }

  async #run (text: string, values: readonly Value[]): Promise<Row[]> {
    try {
      return await this.#sql.query(text, values)
    } catch (error) {
      throw toStoreError(error)
    }
  }

  async #find (scope: Scope, taskId: string): Promise<Row | undefined> {
    const [row] = await this.#run(`
      select t.key::text, t.generation, t.has_log, t.snapshot, t.meta,
        case when t.snapshot_generation < t.generation then array(select event from ${this.#schema}.a2a_events where task = t.key and generation > t.snapshot_generation order by generation) end as events
      from ${this.#schema}.a2a_tasks t where t.scope = $1 and t.id = $2`, [scopeKey(scope), nameKey(taskId)])
    return row
  }

  /** One row for each event; one without an event when there are none; none when the task has gone. */
  #readLog (key: string, after: number): Promise<Row[]> {
    return this.#run(`
      select t.generation as head, t.finished_at is not null as finished, t.has_log, e.generation, e.event
      from ${this.#schema}.a2a_tasks t
      left join lateral (select generation, event from ${this.#schema}.a2a_events where task = t.key and generation > $2 order by generation limit ${readSize}) e on true
      where t.key = $1::bigint order by e.generation`, [key, after])
  }

  async #loadDraft (scope: Scope, taskId: string, expected: number): Promise<Draft> {
    const row = await this.#find(scope, taskId)
    if (row === undefined) throw taskNotFound(taskId)
    const draft = readDraft(storedTask(row))
    if (draft.generation !== expected) throw new StaleWriteError(`task ${taskId} is at generation ${draft.generation}, not ${expected}`)
    return draft
  }
}

function draftKey (scope: Scope, taskId: string): string {
  return `${scopeKey(scope)}${taskId}`
}
