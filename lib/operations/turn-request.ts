import { randomUUID } from 'node:crypto'
import type { Message, Struct, Task } from '../../schemas/v1/common.ts'
import type { Agent } from '../agent/agent.ts'
import { checkInput, checkOutput, chooseSkill } from '../agent/skills.ts'
import { invalidParams } from '../protocol/errors.ts'
import type { Snapshot } from '../task/store.ts'
import type { TurnRequest } from '../task/turn.ts'
import type { Call } from './call.ts'

export type TurnInput = {
  message: Message
  /** The task that the message goes to; absent for a new one. */
  snapshot?: Snapshot
  metadata: Readonly<Struct>
  acceptedOutputModes?: readonly string[]
}

/** Everything that an executor will be told, with the skill that serves it. @throws A2AError */
export async function turnRequest (agent: Agent, call: Call, { message, snapshot, metadata, acceptedOutputModes = [] }: TurnInput): Promise<TurnRequest> {
  const { principal, tenant } = call
  const card = await agent.settings.card()
  const { skillId, skill, executor, deadlines } = await chooseSkill(agent.settings, card, {
    message,
    metadata,
    principal,
    tenant,
    ...snapshot !== undefined && { task: { skillId: snapshot.meta.skillId } }
  })
  const contextId = snapshot?.task.contextId ?? message.contextId ?? randomUUID()
  return {
    message: { ...message, contextId, taskId: snapshot?.task.id ?? randomUUID() },
    executor,
    skillId,
    timeout: deadlines.timeout,
    idleTimeout: deadlines.idleTimeout,
    principal,
    tenant,
    acceptedOutputModes,
    metadata,
    extensions: call.extensions,
    referencedTasks: await findReferenced(agent, call, message.referenceTaskIds ?? []),
    contextTasks: limit => contextTasks(agent, call, contextId, limit),
    checkOutput: parts => checkOutput(skill, parts),
    log: call.log
  }
}

/** What a message must fulfil before anything runs. @throws A2AError */
export async function checkMessage (agent: Agent, message: Message, skillId: string | undefined): Promise<void> {
  const { parts: maxParts } = agent.settings.limits
  if (message.role !== 'ROLE_USER') throw invalidParams({ field: 'message.role', description: 'must be ROLE_USER: only agents answer as ROLE_AGENT' })
  if (message.parts.length > maxParts) throw invalidParams({ field: 'message.parts', description: `must have at most ${maxParts} items` })
  const card = await agent.settings.card()
  checkInput(card.skills.find(({ id }) => id === skillId), message, card)
}

/** What the caller may not see is left out, as if it did not exist. */
async function findReferenced (agent: Agent, call: Call, taskIds: readonly string[]): Promise<Task[]> {
  if (taskIds.length === 0) return []
  const found = await Promise.all(taskIds.map(taskId => agent.store.get(call.scope, taskId)))
  return found.flatMap(snapshot => snapshot === undefined ? [] : [snapshot.task])
}

async function contextTasks (agent: Agent, call: Call, contextId: string, limit: number): Promise<Task[]> {
  const { items } = await agent.store.list(call.scope, { contextId, limit })
  return items.map(({ task }) => task).reverse()
}
