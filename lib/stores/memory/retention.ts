import { soon } from '../../task/soon.ts'
import type { TaskRecord } from './record.ts'

export type RetentionOptions = {
  /** How long a finished task is kept, in ms. Default: one day. */
  taskTtl?: number
  /** How long a task may wait for its client before it is dropped, in ms. Default: seven days. */
  waitingTtl?: number
  /** Finished tasks kept at most; the oldest leave first. Default: 10,000. */
  maxTasks?: number
  /** How long streams of a finished task can be resumed, in ms. Default: five minutes. */
  logTtl?: number
  /** Finished tasks whose logs are kept at most. Default: 1,000. */
  maxLogs?: number
  /** Events in the logs of finished tasks, all together; the oldest logs leave first. Default: 100,000. */
  maxLogEvents?: number
  /** Tasks that wait for their clients at most; the one that has waited longest leaves first. Default: 10,000. */
  maxWaiting?: number
}

const day = 24 * 60 * 60 * 1000

/** Decides when a finished task loses its log, and when a task leaves. */
export class Retention {
  readonly #options: Required<RetentionOptions>
  readonly #drop: (record: TaskRecord) => void
  readonly #finished = new Queue()
  readonly #logs = new Queue()
  readonly #open = new Aging<TaskRecord>()
  readonly #justFinished: TaskRecord[] = []
  readonly #sweeper: NodeJS.Timeout

  constructor (options: RetentionOptions, drop: (record: TaskRecord) => void) {
    this.#options = { taskTtl: day, waitingTtl: 7 * day, maxTasks: 10_000, logTtl: 5 * 60 * 1000, maxLogs: 1000, maxLogEvents: 100_000, maxWaiting: 10_000, ...options }
    this.#drop = drop
    const { taskTtl, waitingTtl, logTtl } = this.#options
    const period = Math.max(20, Math.min(60_000, taskTtl, waitingTtl, logTtl))
    this.#sweeper = setInterval(() => this.#sweep(), period)
    this.#sweeper.unref()
  }

  /** An open task has a new status. */
  touched (record: TaskRecord): void {
    this.#open.add(record)
    if (this.#open.size > this.#options.maxWaiting) this.#dropWaiting()
  }

  finished (record: TaskRecord): void {
    this.#open.delete(record)
    this.#finished.add(record)
    const { maxLogs } = this.#options
    const size = this.#justFinished.push(record)
    if (size === 1) soon(() => this.#settleLogs())
    else if (size > maxLogs) this.#settleLogs() // an executor that never lets the event loop turn
    const { maxTasks } = this.#options
    this.#finished.takeBeyond(maxTasks, this.#leave)
  }

  /** Those at work stay: their number is bounded by the agent. */
  #dropWaiting (): void {
    const time = Date.now()
    for (const record of this.#open.oldestFirst()) {
      if (isLeased(record, time)) continue
      this.#open.delete(record)
      this.#leave(record)
      return
    }
  }

  stop (): void {
    clearInterval(this.#sweeper)
  }

  /** A stream of a task that finished at once begins to read after its end: nobody reads a log that is unread by now. */
  #settleLogs (): void {
    for (const record of this.#justFinished.splice(0)) {
      record.forget()
      if (record.wasRead) {
        record.packLog()
        this.#logs.add(record)
      } else {
        record.dropLog()
      }
    }
    const { maxLogs, maxLogEvents } = this.#options
    this.#logs.takeBeyond(maxLogs, dropLog, maxLogEvents)
  }

  #sweep (): void {
    const { taskTtl, waitingTtl, logTtl } = this.#options
    const time = Date.now()
    this.#logs.takeOlder(time - logTtl, dropLog)
    this.#finished.takeOlder(time - taskTtl, this.#leave)
    for (const record of this.#open.takeOlder(time - waitingTtl)) {
      if (isLeased(record, time)) this.#open.add(record)
      else this.#leave(record)
    }
  }

  readonly #leave = (record: TaskRecord): void => {
    record.dropLog()
    this.#drop(record)
  }
}

function isLeased ({ lease }: TaskRecord, time: number): boolean {
  return lease !== undefined && lease.expiresAt > time
}

function dropLog (record: TaskRecord): void {
  record.dropLog()
}

/** Members by the time they were added last; they may leave from anywhere. */
class Aging<T> {
  readonly #since = new Map<T, number>()

  add (item: T): void {
    this.#since.delete(item)
    this.#since.set(item, Date.now())
  }

  delete (item: T): void {
    this.#since.delete(item)
  }

  get size (): number {
    return this.#since.size
  }

  oldestFirst (): Iterable<T> {
    return this.#since.keys()
  }

  /** Takes out what was added before `time`. */
  * takeOlder (time: number): Generator<T> {
    for (const [item, since] of this.#since) {
      if (since >= time) return
      this.#since.delete(item)
      yield item
    }
  }
}

/**
 * Finished tasks in the order in which they finished. An array: a Map would walk over the holes
 * of those that have left whenever it is asked for its first key.
 */
class Queue {
  #members: Array<TaskRecord | undefined> = []
  #head = 0

  #events = 0

  add (record: TaskRecord): void {
    this.#members.push(record)
    this.#events += record.generation
  }

  /** Takes the oldest out until no more than `size` are left, with no more than `events` in all. */
  takeBeyond (size: number, take: (record: TaskRecord) => void, events = Infinity): void {
    while (this.#members.length - this.#head > size || (this.#events > events && this.#members.length > this.#head)) this.#take(take)
  }

  /** Takes out what finished before `time`. */
  takeOlder (time: number, take: (record: TaskRecord) => void): void {
    while ((this.#members[this.#head]?.finishedAt ?? Infinity) < time) this.#take(take)
  }

  #take (take: (record: TaskRecord) => void): void {
    const member = this.#members[this.#head]
    this.#members[this.#head++] = undefined // who has left is not held here
    if (this.#head > 1024 && this.#head * 2 > this.#members.length) {
      this.#members = this.#members.slice(this.#head)
      this.#head = 0
    }
    if (member === undefined) return
    this.#events -= member.generation
    take(member)
  }
}
