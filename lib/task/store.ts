import type { Message, Struct, Task, TaskState } from '../../schemas/v1/common.ts'
import type { PushRecord, PushRecords } from '../push/records.ts'
import type { LetterBox } from './letters.ts'
import type { Entry, TaskEvent } from './log.ts'
import type { StopSignal } from './stop.ts'
import type { RunningTurn, TurnRecord } from './turn-record.ts'

/**
 * Whose tasks are meant. A store never answers across scopes: a task of another agent,
 * tenant or owner does not exist (A2A 1.0 §13.1).
 */
export type Scope = {
  /** The agent within this server: the plugin's `id` option, by default its prefix. */
  readonly agent: string
  /** `''` without tenants. */
  readonly tenant: string
  /** The principal that the task belongs to; `''` for anonymous callers. */
  readonly owner: string
}

/** What is known of a task beside the task itself. */
export type SnapshotMeta = {
  /** The number of events that the task is the fold of. */
  readonly generation: number
  /** The skill that serves the task. */
  readonly skillId: string | undefined
  /** The turn that is running, or was the last to run. */
  readonly turnId: string
  readonly turnEnded: boolean
  /** Messages that the history keeps. */
  readonly maxHistory?: number | undefined
  /** What the executor keeps between turns. Never leaves the server. */
  readonly memory?: Readonly<Struct> | undefined
  /** The turn that is running, until its end, and those that wait behind it. They never leave the server. */
  readonly running?: RunningTurn | undefined
  readonly queued?: readonly TurnRecord[] | undefined
}

/** A task at one moment: immutable, as an object and as JSON, whichever is asked for. */
export class Snapshot {
  readonly meta: SnapshotMeta
  #task: Task | undefined
  #json: string | undefined

  private constructor (meta: SnapshotMeta, task: Task | undefined, json: string | undefined) {
    this.meta = meta
    this.#task = task
    this.#json = json
  }

  static ofTask (task: Task, meta: SnapshotMeta): Snapshot {
    return new Snapshot(meta, task, undefined)
  }

  /** @param json the task, as `JSON.stringify` wrote it */
  static ofJson (json: string, meta: SnapshotMeta): Snapshot {
    return new Snapshot(meta, undefined, json)
  }

  get generation (): number {
    return this.meta.generation
  }

  get task (): Task {
    this.#task ??= JSON.parse(this.json) as Task // a store gives back what it was given
    return this.#task
  }

  get json (): string {
    this.#json ??= JSON.stringify(this.#task)
    return this.#json
  }
}

/** The right to write a task. `token` names it in every append. */
export type Lease = { readonly token: string, readonly expiresAt: number }

export type LeaseRequest = {
  /** Who asks; a name for logs. */
  holder: string
  /** How long the lease lasts without renewal, in ms. */
  ttl: number
}

export type ListQuery = {
  contextId?: string
  state?: TaskState
  /** Only tasks whose status is not older than this, in ms since the epoch. */
  since?: number
  limit: number
  /** `next` of an earlier page. */
  cursor?: string
}

export type TaskPage = {
  /** Newest status first. */
  items: Snapshot[]
  /** Where the next page starts; undefined on the last page. */
  next?: string
  /** All tasks that match, on every page. */
  total: number
}

export type ReadOptions = {
  /**
   * The last generation already seen: what comes after it is replayed.
   * Without it the read starts with a snapshot of now.
   */
  after?: number
  signal?: StopSignal
}

/**
 * What a read yields: at first a snapshot, unless it resumes; then every later entry once, in order,
 * in batches of what was there. A read ends after a terminal status.
 * A resumed read whose entries have been dropped starts with a snapshot after all.
 */
export type ReadBatch = { snapshot: Snapshot } | { entries: readonly Entry[] }

export type IdempotencyRecord = {
  /** A hash of the request; a different one under the same key is a conflict. */
  fingerprint: string
  /** The task that the first request made, or would have made. */
  taskId: string
  /** Set when the first request was answered by a bare message. */
  reply?: Message
}

export type TaskWrite = {
  /** The generation that the task has. */
  expected: number
  lease: Lease
  events: readonly TaskEvent[]
  /** Ids of letters that these events answer. */
  takes?: readonly string[]
}

/**
 * Where tasks live. Everything that replicas must share is behind this contract.
 * `fastify-a2a/testing` exports the test that an implementation must pass.
 *
 * All methods reject with `StoreUnavailableError` when the store can't be reached.
 */
export interface TaskStore extends LetterBox, PushRecords {
  /** Whether all that it keeps is gone when this process ends: what is in it then needs no key that outlives the process. */
  readonly isVolatile?: boolean

  /**
   * Stores a new task with its first events and leases it to the caller.
   * @param events the first is `created`
   * @param pushConfigs configurations that are there from the start: deliveries begin with the first event
   * @throws StaleWriteError when there is a task of this id already
   */
  create (scope: Scope, events: readonly TaskEvent[], lease: LeaseRequest, pushConfigs?: readonly PushRecord[]): Promise<{ generation: number, lease: Lease }>

  /**
   * Appends events, all or none, and answers the task's new generation. A terminal status releases the lease.
   * The letters named in `takes` go with the same transaction.
   * @throws StaleWriteError when `expected` is not the task's generation, the lease is not the holder's any more,
   *   or the task is terminal
   */
  append (scope: Scope, taskId: string, write: TaskWrite): Promise<number>

  get (scope: Scope, taskId: string): Promise<Snapshot | undefined>

  /**
   * Reads a task live. The snapshot and what follows it are seamless: no event is missing or repeated between them.
   * @throws TaskNotFoundError from the first `next()`
   */
  read (scope: Scope, taskId: string, options?: ReadOptions): AsyncIterable<ReadBatch>

  /**
   * Pages through tasks by status timestamp, newest first, by index.
   * @throws InvalidCursorError
   */
  list (scope: Scope, query: ListQuery): Promise<TaskPage>

  /**
   * Whether another owner of the same agent and tenant has a task in this context: its name is then taken.
   * A store need not know: contexts of different owners have nothing in common but their names.
   */
  hasForeignContext? (scope: Scope, contextId: string): Promise<boolean>

  /** Takes the right to write; undefined while somebody else has it. @throws TaskNotFoundError */
  acquire (scope: Scope, taskId: string, request: LeaseRequest): Promise<Lease | undefined>
  /** Undefined when the lease is lost. */
  renew (scope: Scope, taskId: string, lease: Lease, ttl: number): Promise<Lease | undefined>
  release (scope: Scope, taskId: string, lease: Lease): Promise<void>

  /**
   * Puts `record` under `key`, unless there is one already: then that one is answered and nothing changes.
   * @param ttl how long the key is remembered, in ms
   */
  remember (scope: Scope, key: string, record: IdempotencyRecord, ttl: number): Promise<IdempotencyRecord | undefined>
  /** Adds the bare message that answered the request under `key`. */
  rememberReply (scope: Scope, key: string, reply: Message): Promise<void>
  /** Takes back a key whose request came to nothing. */
  forget (scope: Scope, key: string): Promise<void>

  /** Resolves when the store answers. */
  ping (): Promise<void>

  close (): Promise<void>
}
