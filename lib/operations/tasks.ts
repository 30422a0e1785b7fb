/** GetTask, ListTasks and CancelTask (A2A 1.0 §3.1.3 - §3.1.5). */
import { createHash } from 'node:crypto'
import type { Message } from '../../schemas/v1/common.ts'
import type { CancelTaskRequest, GetTaskRequest, ListTasksRequest } from '../../schemas/v1/requests.ts'
import type { Agent } from '../agent/agent.ts'
import { A2AError, invalidParams, taskNotFound } from '../protocol/errors.ts'
import { isTerminal } from '../task/states.ts'
import { InvalidCursorError } from '../task/store-errors.ts'
import { Snapshot, type ListQuery } from '../task/store.ts'
import { authorizeTask, visible } from './authorize.ts'
import type { Call } from './call.ts'
import { cardFor } from './extensions.ts'
import { awaitGeneration } from './generation.ts'
import { limitHistory } from './history.ts'
import { chooseService, turnRequest, type Service, type TurnInput } from './turn-request.ts'

const defaultPageSize = 50

export async function getTask (agent: Agent, call: Call, { id, historyLength, currentGeneration }: GetTaskRequest): Promise<Snapshot> {
  const snapshot = await findTask(agent, call, id)
  return limitHistory(currentGeneration === undefined ? snapshot : await awaitGeneration(agent, call, snapshot, currentGeneration), historyLength)
}

export type TaskList = { tasks: Snapshot[], nextPageToken: string, pageSize: number, totalSize: number }

export async function listTasks (agent: Agent, call: Call, request: ListTasksRequest): Promise<TaskList> {
  const { contextId, status, pageToken, historyLength, statusTimestampAfter, includeArtifacts = false, pageSize = defaultPageSize } = request
  const filter: Omit<ListQuery, 'limit' | 'cursor'> = {
    ...contextId !== undefined && { contextId },
    ...status !== undefined && { state: status },
    ...statusTimestampAfter !== undefined && { since: Date.parse(statusTimestampAfter) }
  }
  const filterHash = hash(JSON.stringify([filter.contextId, filter.state, filter.since]))
  const cursor = pageToken === undefined ? undefined : readPageToken(pageToken, filterHash)
  try {
    const page = await agent.store.list(call.scope, { ...filter, limit: pageSize, ...cursor !== undefined && { cursor } })
    const items = await visible(agent, call, page.items)
    return {
      tasks: items.map(item => limitHistory(includeArtifacts ? item : withoutArtifacts(item), historyLength)),
      nextPageToken: page.next === undefined ? '' : writePageToken(page.next, filterHash),
      pageSize,
      // How many there are that the caller may not see is not for it to know.
      totalSize: agent.settings.authorize === undefined ? page.total : items.length
    }
  } catch (error) {
    throw error instanceof InvalidCursorError ? invalidPageToken() : error
  }
}

export async function cancelTask (agent: Agent, call: Call, { id, metadata }: CancelTaskRequest): Promise<Snapshot> {
  const snapshot = await findTask(agent, call, id)
  if (isTerminal(snapshot.task.status.state)) throw notCancelable(snapshot)
  const input = { message: lastMessage(snapshot), snapshot, metadata: metadata ?? {} }
  const request = turnRequest(agent, call, input, await cancelService(agent, call, { ...input, metadata: {} }))
  await agent.tasks.cancel(call.scope, request)
  const after = await findTask(agent, call, id)
  if (after.task.status.state !== 'TASK_STATE_CANCELED') throw notCancelable(after)
  return after
}

/** A task can be canceled when its skill is not offered any more: then there is nobody who would clean up. */
async function cancelService (agent: Agent, call: Call, input: TurnInput): Promise<Service> {
  try {
    return await chooseService(agent, call, input)
  } catch (error) {
    if (!(error instanceof A2AError) || error.name === 'InternalError') throw error
    const { settings } = agent
    return { card: await cardFor(settings, call), skillId: input.snapshot?.meta.skillId, skill: undefined, executor: () => {}, deadlines: settings.deadlines, recovery: settings.recovery }
  }
}

/** @throws A2AError TaskNotFoundError, also for what belongs to somebody else */
export async function findTask (agent: Agent, call: Call, taskId: string): Promise<Snapshot> {
  const snapshot = await agent.store.get(call.scope, taskId)
  if (snapshot === undefined) throw taskNotFound(taskId)
  if (agent.settings.authorize !== undefined) await authorizeTask(agent, call, snapshot)
  return snapshot
}

function notCancelable ({ task }: Snapshot): A2AError {
  return new A2AError('TaskNotCancelableError', `The task is ${task.status.state} and cannot be canceled`, { metadata: { taskId: task.id, state: task.status.state } })
}

/** What the executor's cancel function sees as the message. */
function lastMessage ({ task }: Snapshot): Message {
  return task.history?.findLast(({ role }) => role === 'ROLE_USER') ??
    { messageId: task.id, role: 'ROLE_USER', parts: [{ text: '' }] }
}

function withoutArtifacts (snapshot: Snapshot): Snapshot {
  const { artifacts, ...task } = snapshot.task
  return artifacts === undefined ? snapshot : Snapshot.ofTask(task, snapshot.meta)
}

/** A token is good for the filter that it was made under, and says so. */
function writePageToken (cursor: string, filterHash: string): string {
  return Buffer.from(`${filterHash}.${cursor}`).toString('base64url')
}

function readPageToken (token: string, filterHash: string): string {
  const [, madeUnder, cursor] = /^([\w-]{8})\.(.+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  if (madeUnder === undefined || cursor === undefined) throw invalidPageToken()
  if (madeUnder !== filterHash) throw invalidParams({ field: 'pageToken', description: 'belongs to a list with another filter' })
  return cursor
}

function invalidPageToken (): A2AError {
  return invalidParams({ field: 'pageToken', description: 'must be a nextPageToken of this agent' })
}

function hash (text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 8)
}
