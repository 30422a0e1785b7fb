import { A2AError, taskNotFound } from '../protocol/errors.ts'
import { writeLetter, type Mail } from './mail.ts'
import { isTerminal } from './states.ts'
import { Stop } from './stop.ts'
import { StaleWriteError, StoreUnavailableError } from './store-errors.ts'
import type { Scope, Snapshot, TaskStore } from './store.ts'
import { Story } from './story.ts'
import type { Turn, TurnStart } from './turn.ts'

/** Between two attempts to reach a store that is away, in ms. */
const retryDelay = 500
const oftenEnough = [50, 100, 200, 400, 500]

export type CorrespondenceOptions = {
  store: TaskStore
  scope: Scope
  turn: Turn
  /** What is asked of whoever has the task; undefined when the log knows the turn already. */
  mail?: Mail | undefined
  /** What has been seen of the log; by default, everything up to now. */
  after?: number | undefined
  /** The turn has begun: whatever ends the task ends it. */
  hasBegun: boolean
  /** How long a letter may stay unanswered, in ms. */
  patience: number
  /** Takes up the task here, if nobody has it. */
  takeUp (): void
  /** Between two looks whether the task has become free, in ms; the last one is repeated. Default: from 50 to 500. */
  knocks?: readonly number[] | undefined
}

/** Sees a turn through that another replica runs: asks for it by a letter, and learns from the log what becomes of it. */
export class Correspondence {
  readonly #options: CorrespondenceOptions
  readonly #reading = new Stop()
  readonly #deadline: number
  #story: Story | undefined
  #asked = false
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor (options: CorrespondenceOptions) {
    this.#options = options
    this.#deadline = Date.now() + options.patience
    options.turn.onClose(() => this.#end())
  }

  /** Ends with the turn, and never rejects. */
  async run (): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#follow()
      } catch (error) {
        // A store may be away for a moment.
        if (!(error instanceof StoreUnavailableError) || Date.now() > this.#deadline) return this.#options.turn.refuse(error)
        await new Promise(resolve => setTimeout(resolve, retryDelay))
      }
    }
  }

  /** This replica goes: whoever waits is answered with what there is. */
  leave (): void {
    this.#options.turn.leave()
  }

  async #follow (): Promise<void> {
    const { store, scope, turn } = this.#options
    const { taskId } = turn.request.message
    const now = await this.#get()
    this.#story ??= this.#begin(now)
    const story = this.#story
    if (isTerminal(now.task.status.state) && story.position >= now.generation) return story.tellSnapshot(now)
    await this.#ask(story, now)
    for await (const batch of store.read(scope, taskId, { after: story.position, signal: this.#reading })) {
      story.tell(batch)
      if (this.#isOver) return
      await this.#ask(story, now)
    }
    if (!this.#isOver) story.tellSnapshot(await this.#get())
    if (!this.#isOver) throw taskNotFound(taskId)
  }

  #begin (now: Snapshot): Story {
    const { turn, mail, hasBegun, after = now.generation } = this.#options
    const start: TurnStart & { after: number } = after === now.generation ? { after, snapshot: now } : { after }
    return new Story(turn, start, { isKnown: mail === undefined, hasBegun })
  }

  /** What the log says already need not be asked for. */
  async #ask (story: Story, now: Snapshot): Promise<void> {
    const { mail } = this.#options
    if (this.#asked || mail === undefined || story.isKnown || story.position < now.generation) return
    await this.#post(mail)
    this.#asked = true
    this.#knock(story)
  }

  async #get (): Promise<Snapshot> {
    const { store, scope, turn: { request: { message: { taskId } } } } = this.#options
    const snapshot = await store.get(scope, taskId)
    if (snapshot === undefined) throw taskNotFound(taskId)
    return snapshot
  }

  async #post (mail: Mail): Promise<void> {
    const { store, scope, turn } = this.#options
    try {
      await store.post(scope, turn.request.message.taskId, writeLetter(mail))
    } catch (error) {
      if (!(error instanceof StaleWriteError)) throw error
      // The task has just ended: the log says how.
    }
  }

  /** Whoever has the task may let go of it without having read the letter, or may have died. */
  #knock (story: Story): void {
    const { turn, takeUp, knocks = oftenEnough } = this.#options
    let count = 0
    const again = () => {
      if (this.#isOver || story.isKnown) return
      if (Date.now() > this.#deadline) return turn.refuse(new A2AError('UnavailableError', 'The replica that works on this task does not answer', { retryAfter: 5000 }))
      takeUp()
      wait()
    }
    const wait = () => { this.#timer = setTimeout(again, knocks[Math.min(count++, knocks.length - 1)]) }
    if (!this.#isOver) wait()
  }

  #end (): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#reading.stop()
  }
}
