import { randomUUID } from 'node:crypto'
import type { TaskState } from '../../schemas/v1/common.ts'
import type { TaskCreated, TaskEvent } from '../task/log.ts'
import type { Lease, Scope, TaskStore } from '../task/store.ts'

export const longTtl = 60_000

export type NewTask = Partial<Omit<TaskCreated, 'task'>> & {
  taskId?: string
  contextId?: string
  state?: TaskState
  /** What follows `created` in the first append. */
  events?: (ids: Ids) => TaskEvent[]
  /** Of the lease, in ms. */
  ttl?: number
}

type Ids = { taskId: string, contextId: string }

/** Writes one task, as a runner does. */
export class Writer {
  readonly store: TaskStore
  readonly scope: Scope
  readonly taskId: string
  readonly contextId: string
  lease: Lease
  generation: number

  private constructor (store: TaskStore, scope: Scope, ids: Ids, lease: Lease, generation: number) {
    this.store = store
    this.scope = scope
    this.taskId = ids.taskId
    this.contextId = ids.contextId
    this.lease = lease
    this.generation = generation
  }

  /** Makes a task. */
  static async create (store: TaskStore, scope: Scope, task: NewTask = {}): Promise<Writer> {
    const ids = { taskId: task.taskId ?? randomUUID(), contextId: task.contextId ?? randomUUID() }
    const events = [createdEvent(ids, task), ...task.events?.(ids) ?? []]
    const { lease, generation } = await store.create(scope, events, { holder: 'contract', ttl: task.ttl ?? longTtl })
    const writer = new Writer(store, scope, ids, lease, generation)
    if (task.state !== undefined) await writer.status(task.state)
    return writer
  }

  async append (...events: TaskEvent[]): Promise<number> {
    const { scope, taskId, lease, generation } = this
    this.generation = await this.store.append(scope, taskId, { expected: generation, lease, events })
    return this.generation
  }

  async status (state: TaskState, text?: string): Promise<number> {
    return await this.append(statusEvent(this, state, text))
  }

  async chunk (artifactId: string, text: string): Promise<number> {
    return await this.append(chunkEvent(this, artifactId, text))
  }

  async finish (): Promise<number> {
    return await this.status('TASK_STATE_COMPLETED')
  }
}

export function createdEvent ({ taskId, contextId }: Ids, { turnId = randomUUID(), skillId, maxHistory }: NewTask = {}): TaskEvent {
  return {
    created: {
      task: {
        id: taskId,
        contextId,
        status: { state: 'TASK_STATE_SUBMITTED', timestamp: new Date().toISOString() },
        history: [{ messageId: `first of ${taskId}`, taskId, contextId, role: 'ROLE_USER', parts: [{ text: 'Begin' }] }]
      },
      turnId,
      ...skillId !== undefined && { skillId },
      ...maxHistory !== undefined && { maxHistory }
    }
  }
}

export function statusEvent ({ taskId, contextId }: Ids, state: TaskState, text?: string): TaskEvent {
  const status = {
    state,
    ...text !== undefined && { message: { messageId: randomUUID(), taskId, contextId, role: 'ROLE_AGENT' as const, parts: [{ text }] } },
    timestamp: new Date().toISOString()
  }
  return { statusUpdate: { taskId, contextId, status } }
}

/** A piece of an artifact; the first one makes it. */
export function chunkEvent ({ taskId, contextId }: Ids, artifactId: string, text: string): TaskEvent {
  return { artifactUpdate: { taskId, contextId, artifact: { artifactId, parts: [{ text }] }, append: true } }
}

export function queuedEvent ({ taskId, contextId }: Ids, turnId: string, text: string): TaskEvent {
  return { queued: { turnId, message: { messageId: `of ${turnId}`, taskId, contextId, role: 'ROLE_USER', parts: [{ text }] } } }
}
