/** One thing that agents are asked for: the first one that can do it does. */
import { randomUUID } from 'node:crypto'
import { DelegationError, type AgentEvent, type AgentRegistry, type SendOptions, type SendResult } from '../../lib/client/index.ts'
import type { Message, Part, TaskContext } from '../../plugins/index.ts'
import { isHelper, type Helper } from './agents.ts'
import type { Report } from './report.ts'

export type Errand<T> = {
  skill: string
  /** What is asked for. */
  parts: Part[]
  /** Earlier tasks that it is about. */
  referenceTaskIds?: string[]
  /** What an offer must be; others are left out. */
  isOffer: (value: unknown) => value is T
  /** Answers what each agent asks first; without it, and beyond that, the question is put to people. */
  answer?: Part[]
  /** Told of each offer as it comes. */
  onOffer: (offer: T, agent: Helper) => Promise<void>
}

export type Outcome<T> = {
  agent: Helper
  taskId: string
  offers: T[]
  /** Set while the agent waits for an answer. */
  question?: Message
  /** Who has failed before. */
  failed: Helper[]
}

export type Desk = { readonly task: TaskContext, readonly registry: AgentRegistry, readonly report: Report }

/** For each agent, in ms. */
const patience = 120_000

/** @returns undefined when nobody could do it */
export async function run<T> (desk: Desk, errand: Errand<T>, without: readonly Helper[] = []): Promise<Outcome<T> | undefined> {
  const { registry, report, task: { contextId, signal } } = desk
  const { skill, parts, referenceTaskIds } = errand
  const message = newMessage({ parts, contextId, metadata: { skillId: skill }, ...referenceTaskIds !== undefined && { referenceTaskIds } })
  // Agents are asked one after the other.
  let asked: Helper | undefined
  try {
    const { id, failures, ...result } = await registry.delegate({ skill, message }, {
      ...optionsFor(desk, errand, () => asked),
      rank: agents => agents.filter(({ id }) => isHelper(id) && !without.includes(id)),
      watch: {
        asked: async id => {
          if (!isHelper(id)) return
          asked = id
          await report.agent(id, 'working')
          await report.sent(id, message)
        },
        event: async event => { if (asked !== undefined) await follow(desk, errand, asked, event) },
        failed: async ({ id, error }) => { if (isHelper(id)) await report.failed(id, error) }
      }
    })
    const failed = [...without, ...failures.map(({ id }) => id).filter(isHelper)]
    return isHelper(id) ? await conclude(desk, errand, id, result, failed) : undefined
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DelegationError) return undefined
    throw error
  }
}

/** Answers a task that waits. @returns undefined when its agent could not go on */
export async function reply<T> (desk: Desk, errand: Errand<T>, { agent: id, taskId, failed }: Outcome<unknown>, parts: Part[]): Promise<Outcome<T> | undefined> {
  const { registry, report, task: { contextId, signal } } = desk
  const message = newMessage({ parts, contextId, taskId })
  try {
    const agent = registry.get(id)?.agent
    if (agent === undefined) throw new Error('It is not there any more')
    await report.agent(id, 'working')
    await report.sent(id, message)
    const stream = agent.stream(message, { ...optionsFor(desk, errand, () => id), taskId, contextId })
    for await (const event of stream) await follow(desk, errand, id, event)
    const result = await stream.result()
    if (result.task?.status.state === 'TASK_STATE_FAILED') throw new Error('Its task has failed')
    return await conclude(desk, errand, id, result, failed)
  } catch (error) {
    signal.throwIfAborted()
    await report.failed(id, error)
    return undefined
  }
}

/** Nobody will answer any more. */
export async function abandon ({ registry, task: { signal } }: Desk, { agent, taskId }: Outcome<unknown>): Promise<void> {
  await registry.get(agent)?.agent.task(taskId).cancel({ signal }).catch(() => {})
}

function optionsFor<T> ({ report, task }: Desk, { answer }: Errand<T>, who: () => Helper | undefined): SendOptions {
  const answered: Helper[] = []
  return {
    signal: task.signal,
    taskTimeout: patience,
    cancelOnAbort: true,
    onInputRequired: async (_question, { id: taskId, contextId }) => {
      const agent = who()
      if (answer === undefined || agent === undefined || answered.includes(agent)) return undefined
      answered.push(agent)
      const message = newMessage({ parts: answer, taskId, ...contextId !== undefined && { contextId } })
      await report.sent(agent, message)
      return message
    }
  }
}

async function follow<T> ({ report }: Desk, { isOffer, onOffer }: Errand<T>, agent: Helper, event: AgentEvent): Promise<void> {
  await report.received(agent, event)
  if (event.type === 'artifact') {
    for (const offer of offersIn(event.artifact.parts, isOffer)) await onOffer(offer, agent)
  }
  if (event.type !== 'status') return
  const { state, message } = event.status
  if (state === 'TASK_STATE_INPUT_REQUIRED') await report.agent(agent, 'waiting', textOf(message))
  if (state === 'TASK_STATE_WORKING' && message !== undefined) await report.agent(agent, 'working', textOf(message))
}

async function conclude<T> ({ report }: Desk, { isOffer }: Errand<T>, agent: Helper, { task }: SendResult, failed: Helper[]): Promise<Outcome<T>> {
  const outcome = { agent, taskId: task?.id ?? '', failed, offers: offersIn(task?.artifacts?.flatMap(({ parts }) => parts) ?? [], isOffer) }
  const { state, message } = task?.status ?? {}
  if (state === 'TASK_STATE_INPUT_REQUIRED' && message !== undefined) return { ...outcome, question: message }
  if (state === 'TASK_STATE_COMPLETED') await report.agent(agent, 'done', `${outcome.offers.length} offers`)
  else await report.agent(agent, 'failed', textOf(message))
  return outcome
}

/** What other agents send is not to be relied on. */
function offersIn<T> (parts: readonly Part[], isOffer: (value: unknown) => value is T): T[] {
  return parts.flatMap(({ data }) => isOffer(data) ? [data] : [])
}

export function textOf (message: Message | undefined): string {
  return message?.parts.flatMap(({ text }) => text ?? []).join('\n') ?? ''
}

function newMessage (fields: Partial<Message> & { parts: Part[] }): Message {
  return { messageId: randomUUID(), role: 'ROLE_USER', ...fields }
}
