/** In-task authorization that was given out of band (A2A 1.0 §7.6): the host says so, and the task goes on. */
import { randomUUID } from 'node:crypto'
import type { Struct, Task } from '../../schemas/v1/common.ts'
import type { Agent } from '../agent/agent.ts'
import { toParts } from '../agent/content.ts'
import type { Content, Logger, Principal } from '../agent/executor.ts'
import { A2AError } from '../protocol/errors.ts'
import { defaultOwner } from '../security/owner.ts'
import type { Call } from './call.ts'
import { sendMessage } from './send.ts'

export type ResumeOptions = {
  /** What the executor reads as the message of its next turn. It is kept in the history of the task: no place for a secret. */
  content: Content
  /** `metadata` of that message. */
  metadata?: Struct
  /** Who has agreed: the executor finds it in `task.principal`. Default: nobody. */
  principal?: Principal
  /** Whom the task belongs to. Default: the principal; without one, anonymous callers. */
  owner?: string
  /** Default: none. */
  tenant?: string
}

/**
 * Undefined when the agent has no such task.
 * @throws A2AError UnsupportedOperation when the task does not wait for authorization
 */
export async function resumeTask (agent: Agent, taskId: string, { content, metadata, principal, owner, tenant = '' }: ResumeOptions, log: Logger): Promise<Task | undefined> {
  const { settings, store } = agent
  const scope = { agent: settings.id, tenant, owner: owner ?? (principal === undefined ? '' : defaultOwner(principal)) }
  const snapshot = await store.get(scope, taskId)
  if (snapshot === undefined) return undefined
  const { state } = snapshot.task.status
  if (state !== 'TASK_STATE_AUTH_REQUIRED') throw new A2AError('UnsupportedOperationError', `The task is ${state}: it does not wait for authorization`, { metadata: { taskId } })
  // Without `authentication`: it is the host that speaks, and what the client had to show it has shown.
  const call: Call = {
    scope,
    operation: 'SendMessage',
    principal,
    tenant: tenant === '' ? undefined : tenant,
    extensions: [],
    client: `resume ${scope.owner}`,
    baseUrl: '',
    log
  }
  const result = await sendMessage(agent, call, {
    message: { messageId: randomUUID(), role: 'ROLE_USER', taskId, parts: toParts(content, 'content'), ...metadata !== undefined && { metadata } },
    configuration: { returnImmediately: true }
  })
  return 'task' in result ? result.task.task : (await store.get(scope, taskId))?.task
}
