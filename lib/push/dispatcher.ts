import type { Logger } from '../agent/executor.ts'
import type { PushClaim } from './records.ts'
import { deliverClaim, type RoundTools } from './round.ts'

/** Claims that this process holds at once. */
const maxInHand = 128
const claimSize = 32
/** What a claim lasts beyond one attempt, in ms: to wait for others, and for further notifications. */
const claimSlack = 10_000
/** What is left of it for the store, in ms. */
const claimMargin = 2_000

/**
 * Delivers what is due: claims it from the store, which gives each configuration to one dispatcher at a time, and settles it.
 * What a dispatcher that died had in hand comes back when its claims run out.
 */
export class Dispatcher {
  readonly #tools: RoundTools
  readonly #log: Logger
  readonly #agents = new Set<string>()
  /** Agents whose claims are on their way, and whether they have to be asked for once more. */
  readonly #claiming = new Map<string, { again: boolean }>()
  readonly #inHand = new Set<Promise<void>>()
  /** Tasks with claims in hand, and whether they have got more events since. */
  readonly #tasks = new Map<string, { claims: number, again: boolean }>()
  /** Agents that may have more than could be taken. */
  readonly #unfinished = new Set<string>()
  readonly #stop = new AbortController()
  #poll: NodeJS.Timeout | undefined
  #isClosing = false
  #isFailing = false

  constructor (tools: RoundTools) {
    this.#tools = tools
    this.#log = tools.log
  }

  /** Looks after the deliveries of an agent, from now on. */
  serve (agent: string): void {
    if (this.#agents.has(agent) || this.#isClosing) return
    this.#agents.add(agent)
    this.#poll ??= setInterval(() => { for (const agent of this.#agents) void this.#claim(agent) }, this.#tools.settings.poll).unref()
    void this.#claim(agent)
  }

  /** A task has new events, and somebody who wants to hear of them. */
  hint (agent: string, taskId: string): void {
    const task = this.#tasks.get(taskId)
    if (task === undefined) void this.#claim(agent)
    else task.again = true
  }

  /** Lets what is under way come to its end, for so long (ms); what does not is left to others, or to a later start. */
  async close (grace: number): Promise<void> {
    clearInterval(this.#poll)
    // What tasks said as they were stopped is told at once, where that is possible.
    await Promise.all([...this.#agents].map(agent => this.#claim(agent)))
    this.#isClosing = true
    await this.#finished(grace)
    this.#stop.abort()
    await this.#finished(claimMargin)
  }

  async #finished (atMost: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise(resolve => { timer = setTimeout(resolve, atMost) })
    await Promise.race([late, Promise.all(this.#inHand)])
    clearTimeout(timer)
  }

  async #claim (agent: string): Promise<void> {
    if (this.#isClosing) return
    const claiming = this.#claiming.get(agent)
    if (claiming !== undefined) {
      claiming.again = true
      return
    }
    const own = { again: false }
    this.#claiming.set(agent, own)
    try {
      do {
        own.again = false
        const limit = Math.min(claimSize, maxInHand - this.#inHand.size)
        if (limit <= 0) {
          this.#unfinished.add(agent)
          break
        }
        const claims = await this.#tools.store.claimPushes(agent, { ttl: this.#ttl, limit })
        for (const claim of claims) this.#begin(claim)
        if (claims.length === limit) own.again = true
      } while (own.again && !this.#isClosing)
      this.#isFailing = false
    } catch (error) {
      // A store that is away is asked again and again: once is enough to say so.
      if (!this.#isFailing) this.#log.warn({ err: error, agent }, 'push notifications that are due can\'t be had from the store')
      this.#isFailing = true
    } finally {
      this.#claiming.delete(agent)
    }
  }

  get #ttl (): number {
    return this.#tools.settings.timeout + claimSlack
  }

  #begin (claim: PushClaim): void {
    const { taskId, scope: { agent } } = claim
    const task = this.#tasks.get(taskId) ?? { claims: 0, again: false }
    task.claims++
    this.#tasks.set(taskId, task)
    const work = this.#work(claim, Date.now()).then(isMoreDue => {
      this.#inHand.delete(work)
      if (--task.claims === 0) this.#tasks.delete(taskId)
      if (isMoreDue || task.again || this.#unfinished.delete(agent)) void this.#claim(agent)
    })
    this.#inHand.add(work)
  }

  /** @returns whether there is more to do at once */
  async #work (claim: PushClaim, since: number): Promise<boolean> {
    try {
      const outcome = await deliverClaim(this.#tools, claim, since + claimSlack - claimMargin, this.#stop.signal)
      const isSettled = await this.#tools.store.settlePush(claim, outcome)
      return isSettled && outcome.retryAt === undefined && outcome.after > claim.after
    } catch (error) {
      // The claim runs out, and somebody tries again.
      this.#log.warn({ err: error, taskId: claim.taskId, configId: claim.id }, 'a push notification could not be worked on')
      return false
    }
  }
}
