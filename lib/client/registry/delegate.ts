/** Giving work to whoever can do it, one agent after the other, or several at a time where an answer takes too long. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BrokenCircuitError } from 'cockatiel'
import type { RemoteAgent, SendOptions } from '../agent.ts'
import type { MessageContent } from '../content.ts'
import { ClientError } from '../errors.ts'
import { textOfTask } from '../content.ts'
import type { AgentEvent } from '../stream/events.ts'
import type { SendResult } from '../stream/task-stream.ts'
import type { Member } from './member.ts'
import type { AgentQuery, RegisteredAgent } from './options.ts'

export type Work = AgentQuery & { message: MessageContent }

export type DelegateOptions = Omit<SendOptions, 'skill' | 'taskId'> & {
  /** Puts the agents that fit in order, in place of health and priority; those that it leaves out are not asked. */
  rank?: (agents: readonly RegisteredAgent[]) => readonly RegisteredAgent[]
  /** At most so many agents are asked. Default: all. */
  maxAgents?: number
  /** After so many ms without an answer the next agent is asked as well; the first good answer counts, and the others are canceled. Default: never. */
  hedge?: number
  /** Told of what goes on. With `event`, the agents are followed by streams. */
  watch?: Watch
}

/** Promises of theirs are waited for. What `asked` and `event` throw counts as a failure of that agent. */
export type Watch = {
  asked?: (id: string) => void | Promise<void>
  event?: (event: AgentEvent, id: string) => void | Promise<void>
  failed?: (failure: Failure) => void | Promise<void>
}

/** Who could not do it, and why. */
export type Failure = { readonly id: string, readonly error: unknown }

export type Delegation = SendResult & {
  /** Who did it. */
  readonly id: string
  readonly failures: readonly Failure[]
}

/** Nobody could do it. */
export class DelegationError extends ClientError {
  readonly failures: readonly Failure[]

  constructor (failures: readonly Failure[]) {
    const reasons = failures.map(({ id, error }) => `${id}: ${error instanceof Error ? error.message : String(error)}`)
    super('A2A_ERR_DELEGATION', failures.length === 0 ? 'No agent of the registry fits' : `No agent could do it: ${reasons.join('; ')}`)
    this.failures = failures
  }
}

type Outcome = { readonly member: Member, readonly result: SendResult } | { readonly member: Member, readonly error: unknown }

/**
 * @param members in the order in which they are asked
 * @throws DelegationError; the reason of `signal`
 */
export async function delegate (members: readonly Member[], { message, skill }: Work, { hedge = Infinity, signal, rank, maxAgents, watch = {}, ...options }: DelegateOptions): Promise<Delegation> {
  const failures: Failure[] = []
  const waiting = [...members]
  const running = new Map<Member, Promise<Outcome>>()
  const done = new AbortController()
  const stop = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal])

  const ask = (member: Member): void => {
    const { id } = member.settings
    const settings = { ...options, ...skill !== undefined && { skill }, ...hedge !== Infinity && { cancelOnAbort: true }, signal: stop }
    const work = member.run(async agent => {
      await watch.asked?.(id)
      return refuseFailed(await send(agent, message, settings, watch, id))
    })
    running.set(member, work.then(result => ({ member, result }), (error: unknown) => ({ member, error })))
  }

  try {
    for (;;) {
      if (running.size === 0) {
        const member = waiting.shift()
        if (member === undefined) throw new DelegationError(failures)
        ask(member)
      }
      const outcome = await firstOf(running, waiting.length > 0 ? hedge : Infinity)
      signal?.throwIfAborted()
      if (outcome === undefined) {
        const member = waiting.shift()
        if (member !== undefined) ask(member)
        continue
      }
      running.delete(outcome.member)
      const { id } = outcome.member.settings
      if ('result' in outcome) return { ...outcome.result, id, failures }
      if (isCallersFault(outcome.error)) throw outcome.error
      const failure = { id, error: outcome.error instanceof BrokenCircuitError ? new Error('it has failed too often, and is left alone for a while') : outcome.error }
      failures.push(failure)
      await watch.failed?.(failure)
    }
  } finally {
    done.abort(new Error('Another agent has done it'))
  }
}

async function send (agent: RemoteAgent, message: MessageContent, options: SendOptions, { event: tell }: Watch, id: string): Promise<SendResult> {
  if (tell === undefined) return await agent.send(message, options)
  const stream = agent.stream(message, options)
  for await (const event of stream) await tell(event, id)
  return await stream.result()
}

/** @returns undefined when none has come to an end in time */
async function firstOf (running: ReadonlyMap<Member, Promise<Outcome>>, ms: number): Promise<Outcome | undefined> {
  if (ms === Infinity) return await Promise.race(running.values())
  const timer = new AbortController()
  try {
    return await Promise.race([...running.values(), sleep(ms, undefined, { signal: timer.signal })])
  } finally {
    timer.abort()
  }
}

/** A task that has failed may go well elsewhere; one that was rejected, or waits for its client, is an answer. */
function refuseFailed (result: SendResult): SendResult {
  if (result.task?.status.state === 'TASK_STATE_FAILED') throw new Error(`its task has failed: ${textOfTask({ ...result.task, artifacts: [] }) || 'it does not say why'}`)
  return result
}

/** What no agent could do better. */
function isCallersFault (error: unknown): boolean {
  return error instanceof Error && error.name === 'MisuseError'
}
