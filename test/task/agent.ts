/** An agent without a server: what operations and executors do to tasks. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Message, StreamResponse, Task, TaskState } from '../../schemas/v1/common.ts'
import { createAgent } from '../../lib/agent/agent.ts'
import { directoryOf } from '../../lib/agent/directory.ts'
import { patrolFor } from '../../lib/agent/patrol.ts'
import type { Executor, Logger } from '../../lib/agent/executor.ts'
import { resolveOptions, type AgentOptions } from '../../lib/agent/options.ts'
import type { Call } from '../../lib/operations/call.ts'
import { sendMessage, sendStreamingMessage } from '../../lib/operations/send.ts'
import { subscribeToTask, type TaskStream } from '../../lib/operations/stream.ts'
import { cancelTask, getTask } from '../../lib/operations/tasks.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import type { TaskEvent } from '../../lib/task/log.ts'
import type { TaskStore } from '../../lib/task/store.ts'
import { entriesOf, readNow } from '../../lib/testing/reader.ts'

export const scope = { agent: 'default', tenant: '', owner: '' }

export type LogLine = { level: keyof Omit<Logger, 'child'>, text: string, err?: unknown }

/** Resolves when the signal fires. */
export function aborted (signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

export const forever = new Promise<never>(() => {})

/** Closed when the test is over; its deadlines are short, so that nothing hangs for long when it should not. */
export function setUp (t: Test, executor: Executor, { store = createMemoryStore(), ...options }: Partial<AgentOptions> & { store?: TaskStore } = {}) {
  const lines: LogLine[] = []
  const log = recorder(lines)
  const settings = resolveOptions({ card: { name: 'Test agent', description: 'Does as it is told' }, executor, cancelGrace: 50, shutdownGrace: 0, ...options })
  const workplace = { holder: randomUUID(), log }
  const agent = createAgent(settings, store, workplace)
  const patrol = patrolFor(directoryOf(agent), store, workplace)
  patrol.start()
  const close = async () => {
    patrol.rest()
    await agent.tasks.close()
    patrol.stop()
  }
  t.teardown(async () => {
    await close()
    await store.close()
  })
  const call: Call = { scope, operation: 'SendMessage', principal: undefined, tenant: undefined, extensions: [], client: 'client', baseUrl: 'http://localhost', log }
  const request = (text: string, more: Partial<Message> = {}) => ({
    message: { messageId: randomUUID(), role: 'ROLE_USER' as const, parts: [{ text }], ...more }
  })

  return {
    agent,
    /** As a server that is closed does. */
    close,
    store,
    call,
    lines,
    /** Waits for the task to end or to wait. */
    send: async (text: string, more?: Partial<Message>): Promise<Task> => taskOf(await sendMessage(agent, call, request(text, more))),
    /** Answers what is answered, a task or a message. */
    exchange: async (text: string, more?: Partial<Message>) => await sendMessage(agent, call, request(text, more)),
    /** Does not wait. @returns the id of the task */
    start: async (text: string, more?: Partial<Message>): Promise<string> =>
      taskOf(await sendMessage(agent, call, { ...request(text, more), configuration: { returnImmediately: true } })).id,
    stream: async (text: string, more?: Partial<Message>): Promise<StreamResponse[]> =>
      await collect(await sendStreamingMessage(agent, call, request(text, more))),
    subscribe: async (id: string, options?: Parameters<typeof subscribeToTask>[3]): Promise<StreamResponse[]> =>
      await collect(await subscribeToTask(agent, call, { id }, options)),
    cancel: async (id: string): Promise<Task> => (await cancelTask(agent, call, { id })).task,
    get: async (id: string): Promise<Task> => (await getTask(agent, call, { id })).task,
    /** What the log of an open task holds. */
    events: async (id: string): Promise<TaskEvent[]> => {
      const { generation } = await getTask(agent, call, { id })
      return entriesOf(await readNow(store, scope, id, { after: 0 }, generation)).map(({ event }) => event)
    },
    errors: () => lines.filter(({ level }) => level === 'error').map(({ text }) => text)
  }
}

export function taskOf (result: Awaited<ReturnType<typeof sendMessage>>): Task {
  if ('message' in result) throw new Error(`a message came instead of a task: ${textOf(result.message)}`)
  return result.task.task
}

export async function collect (stream: TaskStream): Promise<StreamResponse[]> {
  const responses: StreamResponse[] = []
  for await (const items of stream) for (const { response } of items) responses.push(response)
  return responses
}

export function textOf (holder: { parts: Message['parts'] } | undefined): string | undefined {
  return holder?.parts.map(({ text }) => text ?? '').join('')
}

/** A task in few words. */
export function gist ({ status, artifacts = [] }: Task) {
  return { state: short(status.state), message: textOf(status.message), artifacts: artifacts.map(artifact => textOf(artifact)) }
}

export function short (state: TaskState): string {
  return state.slice('TASK_STATE_'.length)
}

/** What a stream holds, in few words. */
export function words (responses: readonly StreamResponse[]): string[] {
  return responses.map(response => {
    if ('task' in response) return `task ${short(response.task.status.state)}`
    if ('message' in response) return `message ${textOf(response.message)}`
    if ('artifactUpdate' in response) return `artifact ${textOf(response.artifactUpdate.artifact)}`
    const { state, message } = response.statusUpdate.status
    return `${short(state)}${message === undefined ? '' : ` ${textOf(message)}`}`
  })
}

function recorder (lines: LogLine[]): Logger {
  const at = (level: LogLine['level']) => (object: object, text = '') => { lines.push({ level, text, ...object }) }
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}
