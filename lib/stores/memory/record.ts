import type { TaskState } from '../../../schemas/v1/common.ts'
import { beginFold, fold, freeze, metaOf, toJson, type Folding } from '../../task/fold.ts'
import type { Entry, TaskCreated, TaskEvent } from '../../task/log.ts'
import type { StopSignal } from '../../task/stop.ts'
import { soon } from '../../task/soon.ts'
import { isTerminal } from '../../task/states.ts'
import { Snapshot, type Lease, type SnapshotMeta } from '../../task/store.ts'
import { readText, TextKeeper, type Bytes } from './slab.ts'
import type { PushSlot } from './pushes.ts'
import type { Recency, Slot } from './recency.ts'
import type { ScopeIndex } from './scope-index.ts'
import { TaskLog, unpackLog } from './task-log.ts'

const finishedTasks = new TextKeeper()

/** A task in memory: its log while it is open, and only its JSON once it is finished. */
export class TaskRecord {
  readonly scope: ScopeIndex
  readonly id: string
  readonly contextId: string
  readonly #maxHistory: number | undefined
  lease: Lease | undefined
  /** Whose lease it is. */
  holder: string | undefined
  /** By id; made with the first one. */
  pushes: Map<string, PushSlot> | undefined
  /** Where the task stands among all of its scope, and among those in its state. */
  slot: Slot<TaskRecord> | undefined
  stateIndex: Recency<TaskRecord> | undefined
  /** In ms since the epoch. */
  finishedAt = 0
  #folding: Folding | undefined
  /** Of a finished task. */
  #json: Bytes | undefined
  #meta: SnapshotMeta | undefined
  #latest: Snapshot | undefined
  #log: TaskLog | undefined = new TaskLog()
  /** The log of a finished task, in its place. */
  #packedLog: Bytes | undefined
  #wasRead = false
  /** At work now. */
  #readers = 0
  #isPinned = false
  /** The log goes as soon as it can. */
  #isUnwanted = false
  /** The log is packed as soon as nobody reads it. */
  #isComplete = false
  #waiting: Set<() => void> | undefined
  #waking = false
  state: TaskState
  generation = 0

  constructor (scope: ScopeIndex, created: TaskCreated) {
    const { task, maxHistory } = created
    this.scope = scope
    this.id = task.id
    this.contextId = task.contextId ?? ''
    this.state = task.status.state
    this.#maxHistory = maxHistory
    this.#folding = beginFold(created)
  }

  /** Of an open task: what its status says of the time. */
  get statusTimestamp (): string | undefined {
    return this.#folding?.task.status.timestamp
  }

  get isFinished (): boolean {
    return isTerminal(this.state)
  }

  /** Whether the log has not been dropped. */
  get hasLog (): boolean {
    return this.#log !== undefined || this.#packedLog !== undefined
  }

  /** What the log has after a generation, in pieces; undefined when it has been dropped. */
  entriesAfter (generation: number): Iterable<readonly Entry[]> | undefined {
    if (this.#packedLog === undefined) return this.#log?.pieces(generation)
    return generation < this.generation ? [unpackLog(this.#packedLog).slice(generation)] : []
  }

  get snapshot (): Snapshot {
    if (this.#latest !== undefined) return this.#latest
    if (this.#json !== undefined && this.#meta !== undefined) return Snapshot.ofJson(readText(this.#json), this.#meta)
    this.#latest = this.#freeze()
    return this.#latest
  }

  append (events: readonly TaskEvent[]): void {
    const folding = this.#folding
    if (folding === undefined || this.#log === undefined) throw new Error(`task ${this.id} is finished`)
    this.#latest = undefined
    for (const event of events) {
      if (!('created' in event)) fold(folding, event, this.#maxHistory)
      this.#log.append(event)
    }
    this.generation = this.#log.generation
    this.state = folding.task.status.state
    this.#wake()
  }

  /**
   * A finished task never changes: from now on it is bytes, out of the garbage collector's way. Its snapshot stays
   * until `forget`, for whoever has waited for it.
   */
  compact (): void {
    const folding = this.#folding
    if (folding === undefined) return
    const json = toJson(folding)
    this.#json = finishedTasks.keep(json)
    this.#meta = this.#metaOf(folding)
    this.#folding = undefined
    this.finishedAt = Date.now()
    this.#latest = Snapshot.ofJson(json, this.#meta)
  }

  /** Who comes for a finished task from now on reads its bytes. */
  forget (): void {
    if (this.#json !== undefined) this.#latest = undefined
  }

  /** Whether somebody has read the log live, and may come back for the rest of it. */
  get wasRead (): boolean {
    return this.#wasRead
  }

  /** Nothing will be added to the log any more: it is packed as soon as nobody is reading it. */
  packLog (): void {
    this.#isComplete = true
    if (this.#log === undefined || this.#isPinned || this.#readers > 0) return
    this.#packedLog = this.#log.pack()
    this.#log = undefined
  }

  /** Once nothing is left to be pushed from it. */
  dropLog (): void {
    if (this.#isPinned) this.#isUnwanted = true
    else this.#log = this.#packedLog = undefined
  }

  /** Something of the log is still to be pushed. */
  pinLog (): void {
    this.#isPinned = true
  }

  unpinLog (): void {
    this.#isPinned = false
    if (this.#isUnwanted) this.dropLog()
    else if (this.#isComplete) this.packLog()
  }

  beginRead (): void {
    this.#wasRead = true
    this.#readers++
  }

  endRead (): void {
    this.#readers--
    if (this.#isComplete) this.packLog()
  }

  /** Resolves at the next append, or when `signal` fires. */
  changed (signal: StopSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#waiting?.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting ??= new Set()
      this.#waiting.add(done)
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  /** Lets readers of a task that is gone see its end. */
  wakeAll (): void {
    for (const done of [...this.#waiting ?? []]) done()
  }

  /** Once per turn of the event loop, so that readers get what belongs together in one piece. */
  #wake (): void {
    if (this.#waking || this.#waiting === undefined || this.#waiting.size === 0) return
    this.#waking = true
    soon(() => {
      this.#waking = false
      this.wakeAll()
    })
  }

  #freeze (): Snapshot {
    const folding = this.#folding
    if (folding === undefined) throw new Error(`task ${this.id} is finished`)
    return Snapshot.ofTask(freeze(folding), this.#metaOf(folding))
  }

  #metaOf (folding: Folding): SnapshotMeta {
    return metaOf(folding, this.generation, this.#maxHistory)
  }
}
