import { randomUUID } from 'node:crypto'
import type { Message, Struct, Task } from '../../schemas/v1/common.ts'
import type { Executor, Logger, Principal } from '../agent/executor.ts'
import type { MisuseError } from '../agent/errors.ts'
import type { TurnHooks } from '../extensions/activation.ts'
import { A2AError } from '../protocol/errors.ts'
import type { PushRecord } from '../push/records.ts'
import type { Member } from './members.ts'
import { Once } from './once.ts'
import type { Snapshot } from './store.ts'

/** What becomes of a turn whose replica dies. */
export type Recovery = {
  readonly onCrash: 'fail' | 'retry'
  /** With `retry`. */
  readonly maxAttempts: number
}

/** One message, and everything that its executor is told beside it. */
export type TurnRequest = {
  /** With `contextId`, and with `taskId` set. */
  readonly message: Message & { contextId: string, taskId: string }
  /** For the task that the message makes: they are there before its first event. */
  readonly pushConfigs?: readonly PushRecord[]
  readonly executor: Executor
  readonly skillId: string | undefined
  /** ms; 0 for none. */
  readonly timeout: number
  readonly idleTimeout: number
  readonly recovery: Recovery
  readonly principal: Principal | undefined
  readonly tenant: string | undefined
  readonly acceptedOutputModes: readonly string[]
  readonly metadata: Readonly<Struct>
  readonly extensions: readonly string[]
  /** The generation that the task must have when the turn begins (A2A 1.1 draft). */
  readonly ifGenerationMatch?: number | undefined
  /** What extensions make of the events of this turn. */
  readonly hooks?: TurnHooks | undefined
  readonly referencedTasks: readonly Task[]
  readonly contextTasks: (limit: number) => Promise<Task[]>
  /** Violations of the skill's output schema; empty when all is well. */
  readonly checkOutput: (parts: Message['parts']) => readonly { field: string, description: string }[]
  readonly log: Logger
}

/** How a turn begins: with a bare message instead of a task, or with the task as it then stands. */
export type TurnStart =
  | { reply: Message }
  /** `after`: what a stream of this turn has not seen yet. `snapshot`: what it begins with, unless it begins with the log. */
  | { reply?: undefined, after: number, snapshot?: Snapshot }

export interface TurnPerformer {
  /** The turn has been told to stop; called once. */
  stopped (): void
  /** The turn is closed; called once. */
  closed (): void
}

/** A turn from outside: what has become of a message. */
export class Turn implements Member {
  place = -1
  /** Unique within its task. */
  readonly id: string
  readonly request: TurnRequest
  #abort: AbortController | undefined
  #stopped: MisuseError | undefined
  /**
   * Whoever runs it. An object: where a closure was assigned to a property of each turn, V8 (11.3) kept turns, and all that they refer to,
   * until the next collection of the whole heap.
   */
  performer: TurnPerformer | undefined
  readonly #started = new Once<TurnStart>()
  readonly #settled = new Once<void>()
  readonly #closed = new Once<void>()
  #isClosed = false
  #failure: { readonly error: unknown } | undefined
  #isQueued = false
  readonly #closeHooks: Array<() => void> = []
  #reply: Message | undefined
  /** The same turn, as the log tells of it since it left this replica. */
  #elsewhere: Turn | undefined

  /** @param id the first turn of a task may go by the task's own */
  constructor (request: TurnRequest, id: string = randomUUID()) {
    this.id = id
    this.request = request
  }

  /** Made when first asked for: most executors never look. */
  get signal (): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#stopped !== undefined) this.#abort.abort(this.#stopped)
    }
    return this.#abort.signal
  }

  /** Why the turn was told to stop; undefined while it was not. */
  get stopped (): MisuseError | undefined {
    return this.#stopped
  }

  /** The message has reached the executor, and the task is stored. Rejects when it will not. */
  get started (): Promise<TurnStart> {
    return this.#started.promise
  }

  /** The bare message that has answered; set when the turn settles. */
  get reply (): Message | undefined {
    return this.#reply
  }

  /** The task is terminal or waits for the client, and that is stored (A2A 1.0 §3.2.2). */
  get settled (): Promise<void> {
    return this.#settled.promise
  }

  /** Nothing more comes of this turn. */
  get closed (): Promise<void> {
    return this.#closed.promise
  }

  /** Calls `hook` when the turn closes. */
  onClose (hook: () => void): void {
    if (this.#isClosed) hook()
    else this.#closeHooks.push(hook)
  }

  /** Calls `hook` when the turn is refused, or cannot be written to its end. */
  onFailure (hook: () => void): void {
    this.onClose(() => {
      if (this.#elsewhere !== undefined) this.#elsewhere.onFailure(hook)
      else if (this.#failure !== undefined) hook()
    })
  }

  /** Set when the turn was refused, or could not be written to its end. */
  get failure (): { readonly error: unknown } | undefined {
    return this.#failure ?? this.#elsewhere?.failure
  }

  get isClosed (): boolean {
    return this.#isClosed
  }

  /** Whether the message waits for an earlier turn to end. */
  get isQueued (): boolean {
    return this.#isQueued
  }

  queue (): void {
    this.#isQueued = true
  }

  start (start: TurnStart): void {
    this.#isQueued = false
    this.#reply = start.reply
    this.#started.resolve(start)
  }

  settle (): void {
    this.#settled.resolve()
  }

  close (): void {
    if (this.#isClosed) return
    if (this.#started.isSettled) this.#settled.resolve()
    else this.#reject(new A2AError('UnsupportedOperationError', 'The task ended before the message was taken up'))
    this.#end()
  }

  /** The message is not taken: whoever sent it is told why. */
  refuse (error: unknown): void {
    if (this.#isClosed) return
    this.#reject(error)
    this.#failure = { error }
    this.#end()
  }

  /**
   * Nothing more comes of the turn on this replica, but it goes on: whoever waits for it hears of it through
   * `elsewhere`, or is answered with what there is.
   */
  leave (elsewhere?: Turn): void {
    if (this.#isClosed) return
    this.#elsewhere = elsewhere
    if (elsewhere === undefined) {
      this.#started.resolve({ after: 0 })
      this.#settled.resolve()
    } else {
      elsewhere.started.then(start => this.#started.resolve(start), error => this.#started.reject(error))
      elsewhere.settled.then(() => this.#settled.resolve(), error => this.#settled.reject(error))
    }
    this.#end()
  }

  #reject (error: unknown): void {
    this.#started.reject(error)
    this.#settled.reject(error)
  }

  #end (): void {
    this.#isClosed = true
    this.#closed.resolve()
    this.performer?.closed()
    for (const hook of this.#closeHooks) hook()
  }

  /** Tells the executor to stop. */
  stop (reason: MisuseError): void {
    if (this.#stopped !== undefined) return
    this.#stopped = reason
    this.#abort?.abort(reason)
    this.performer?.stopped()
  }
}
