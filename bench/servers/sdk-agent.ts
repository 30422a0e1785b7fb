/** The agent of the official SDK: its executor does what that of `ours.ts` does. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { TaskState, type AgentCard, type Message, type Part } from '@a2a-js/sdk'
import {
  AgentEvent, DefaultRequestHandler, InMemoryTaskStore, type AgentExecutor, type ExecutionEventBus, type RequestContext, type TaskStore
} from '@a2a-js/sdk/server'
import { DatabaseTaskStore } from '@a2a-js/sdk/server/database'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

const card: AgentCard = {
  name: 'Bench',
  description: 'Answers at once',
  version: '1.0.0',
  supportedInterfaces: ['JSONRPC', 'GRPC'].map(protocolBinding => ({ url: 'http://127.0.0.1/a2a', protocolBinding, tenant: '', protocolVersion: '1.0' })),
  provider: undefined,
  capabilities: { streaming: true, pushNotifications: false, extensions: [], extendedAgentCard: false },
  securitySchemes: {},
  securityRequirements: [],
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'agent', name: 'Bench', description: 'Answers at once', tags: ['agent'], examples: [], inputModes: [], outputModes: [], securityRequirements: [] }],
  documentationUrl: '',
  signatures: []
}

const executor: AgentExecutor = {
  async execute ({ userMessage, taskId, contextId }: RequestContext, bus: ExecutionEventBus) {
    const [verb, count] = textOf(userMessage).split(' ')
    const ids = { taskId, contextId }
    bus.publish(AgentEvent.task({
      id: taskId, contextId, status: status(TaskState.TASK_STATE_SUBMITTED), artifacts: [], history: [userMessage], metadata: undefined
    }))
    if (verb === 'wait') {
      bus.publish(AgentEvent.statusUpdate({ ...ids, status: status(TaskState.TASK_STATE_WORKING), metadata: undefined }))
      await new Promise(() => {}) // its subscriptions live as long as its executor
    }
    if (verb === 'stream') stream(bus, ids, Number(count))
    else publishText(bus, ids, randomUUID(), 'The answer to your question is 42', { append: false, lastChunk: false })
    bus.publish(AgentEvent.statusUpdate({ ...ids, status: status(TaskState.TASK_STATE_COMPLETED), metadata: undefined }))
    bus.finished()
  },
  async cancelTask () {}
}

function stream (bus: ExecutionEventBus, ids: { taskId: string, contextId: string }, chunks: number): void {
  const artifactId = randomUUID()
  for (let i = 1; i <= chunks; i++) publishText(bus, ids, artifactId, 'token ', { append: i > 1, lastChunk: i === chunks })
}

function publishText (bus: ExecutionEventBus, ids: { taskId: string, contextId: string }, artifactId: string, value: string, chunk: { append: boolean, lastChunk: boolean }): void {
  const part: Part = { content: { $case: 'text', value }, metadata: undefined, filename: '', mediaType: '' }
  bus.publish(AgentEvent.artifactUpdate({
    ...ids,
    artifact: { artifactId, name: chunk.append ? '' : 'answer', description: '', parts: [part], metadata: undefined, extensions: [] },
    ...chunk,
    metadata: undefined
  }))
}

function status (state: TaskState) {
  return { state, timestamp: new Date().toISOString(), message: undefined }
}

function textOf ({ parts }: Message): string {
  const content = parts[0]?.content
  return content?.$case === 'text' ? content.value : ''
}

/** @param url of PostgreSQL; none for memory */
function taskStore (url: string | undefined): TaskStore {
  if (url === undefined) return new InMemoryTaskStore()
  const command = new URL('cli/a2a_db.js', import.meta.resolve('@a2a-js/sdk'))
  execFileSync(process.execPath, [fileURLToPath(command), 'upgrade', '--url', url], { stdio: ['ignore', 'ignore', 'inherit'] })
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on('error', () => {}) // the database goes first
  return new DatabaseTaskStore(new Kysely({ dialect: new PostgresDialect({ pool }) }))
}

export const requestHandler = new DefaultRequestHandler(card, taskStore(process.env.BENCH_STORE), executor)
