import { randomUUID } from 'node:crypto'
import type { Message, Part, StreamResponse, Struct, Task } from '../../schemas/v1/common.ts'
import { MisuseError } from '../../lib/agent/errors.ts'
import type { ArtifactChunkInput, ArtifactInput, Content, MessageInput, Principal, TaskContext } from '../../lib/agent/executor.ts'
import { fold, freeze, startFold, type Folding } from '../../lib/task/fold.ts'
import { canTransition, isInterrupted, isTerminal } from '../../lib/task/states.ts'

export type Log = { level: string, object: Record<string, unknown>, message: string | undefined }

export type FakeTask = TaskContext & {
  /** What a client would see, in order. */
  readonly events: StreamResponse[]
  readonly logs: Log[]
  readonly replies: MessageInput[]
  /** The task as a store would hold it. */
  snapshot (): Task
  abort (reason: unknown): void
}

export type FakeOptions = {
  message?: Message | string
  /** The task that this turn goes on with. */
  previous?: Task
  /** What its earlier turns have put aside. */
  memory?: Struct
  /** Earlier tasks of the context. */
  earlier?: Task[]
  principal?: Principal
  extensions?: string[]
  referencedTasks?: Task[]
}

export function userMessage (parts: string | Part[], messageId: string = randomUUID()): Message {
  return { messageId, role: 'ROLE_USER', parts: typeof parts === 'string' ? [{ text: parts }] : parts }
}

/** A TaskContext without an engine: verbs fold into a task, and break where the life cycle forbids them. */
export function fakeTask (options: FakeOptions = {}): FakeTask {
  const { previous, earlier = [] } = options
  const message = typeof options.message === 'object' ? options.message : userMessage(options.message ?? 'hello')
  const state: Folding = startFold(structuredClone(previous) ?? {
    id: 'task-1', contextId: 'context-1', status: { state: 'TASK_STATE_SUBMITTED' }, history: [message]
  }, 'turn')
  if (previous !== undefined) fold(state, { turn: { turnId: 'turn', message } })
  if (options.memory !== undefined) fold(state, { memory: structuredClone(options.memory) })
  // As the engine does when the client has answered.
  if (isInterrupted(state.task.status.state)) state.task.status = { state: 'TASK_STATE_WORKING' }
  const task = previous && structuredClone(freeze(state))
  const { id: taskId, contextId = 'context-1' } = state.task
  const events: StreamResponse[] = []
  const logs: Log[] = []
  const replies: MessageInput[] = []
  const controller = new AbortController()

  const apply = async (event: StreamResponse): Promise<void> => {
    const from = state.task.status.state
    if (isTerminal(from)) throw new MisuseError('A2A_ERR_TURN_ENDED', `the task is ${from}`)
    if ('statusUpdate' in event) {
      const to = event.statusUpdate.status.state
      if (!canTransition(from, to)) throw new MisuseError('A2A_ERR_TRANSITION', `no way from ${from} to ${to}`)
      if (event.statusUpdate.status.message?.parts.length === 0) throw new MisuseError('A2A_ERR_OUTPUT', 'a message needs parts')
      fold(state, event)
    } else if ('artifactUpdate' in event) {
      if (event.artifactUpdate.artifact.parts.length === 0) throw new MisuseError('A2A_ERR_OUTPUT', 'an artifact needs parts')
      fold(state, event)
    }
    // Through JSON, as on the wire: what is not JSON would show.
    events.push(JSON.parse(JSON.stringify(event)))
  }
  const status = (to: Task['status']['state']) => (input?: MessageInput, update?: { metadata?: Struct }) => apply({
    statusUpdate: {
      taskId,
      contextId,
      status: { state: to, ...input !== undefined && { message: toMessage(input) } },
      ...update
    }
  })

  return {
    taskId,
    contextId,
    message,
    text: message.parts.flatMap(part => part.text ?? []).join('\n'),
    data: message.parts.find(part => part.data !== undefined)?.data,
    files: [],
    task,
    get history () { return state.task.history },
    get state () { return state.task.status.state },
    referencedTasks: options.referencedTasks ?? [],
    contextTasks: async ({ limit = 100 } = {}) => earlier.slice(-limit),
    principal: options.principal,
    tenant: undefined,
    skillId: undefined,
    acceptedOutputModes: [],
    metadata: {},
    extensions: options.extensions ?? [],
    signal: controller.signal,
    log: fakeLog(logs),
    attempt: 1,
    get memory () { return state.memory ?? {} },
    working: status('TASK_STATE_WORKING'),
    requireInput: status('TASK_STATE_INPUT_REQUIRED'),
    requireAuth: status('TASK_STATE_AUTH_REQUIRED'),
    complete: status('TASK_STATE_COMPLETED'),
    fail: status('TASK_STATE_FAILED'),
    reject: status('TASK_STATE_REJECTED'),
    canceled: status('TASK_STATE_CANCELED'),
    artifact: input => apply({ artifactUpdate: { taskId, contextId, ...toArtifact(input) } }),
    artifactStream: (input = {}) => {
      const artifactId = input.artifactId ?? randomUUID()
      let started = false
      const chunk = (content: Content, lastChunk?: true): Promise<void> => {
        const written = apply({
          artifactUpdate: {
            taskId,
            contextId,
            artifact: { ...!started && input, artifactId, parts: toParts(content) },
            ...started && { append: true },
            ...lastChunk && { lastChunk }
          }
        })
        started = true
        return written
      }
      return { artifactId, write: content => chunk(content), end: (content = '') => chunk(content, true) }
    },
    reply: async input => { replies.push(input) },
    remember: async memory => fold(state, { memory: JSON.parse(JSON.stringify(memory)) }),
    annotate: async metadata => fold(state, { metadata: JSON.parse(JSON.stringify(metadata)) }),
    emit: apply,
    events,
    logs,
    replies,
    snapshot: () => structuredClone(freeze(state)),
    abort: reason => controller.abort(reason)
  }
}

function toMessage (input: MessageInput): Message {
  const rest = typeof input === 'object' && 'parts' in input ? input : { parts: toParts(input as Content) }
  return { messageId: randomUUID(), role: 'ROLE_AGENT', ...rest, parts: [...rest.parts] }
}

function toParts (content: Content): Part[] {
  if (typeof content === 'string') return [{ text: content }]
  return Array.isArray(content) ? [...content] : [content as Part]
}

function toArtifact (input: ArtifactInput | ArtifactChunkInput) {
  const { text, data, raw, url, parts, filename, mediaType, artifactId = randomUUID(), ...rest } = input
  const { append, lastChunk, ...described } = rest as Partial<ArtifactChunkInput>
  const base64 = raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : raw
  const part = { text, data, raw: base64, url, filename, mediaType }
  const artifact = { ...described, artifactId, parts: parts ? [...parts] : [JSON.parse(JSON.stringify(part)) as Part] }
  return { artifact, ...append && { append }, ...lastChunk && { lastChunk } }
}

function fakeLog (logs: Log[]): TaskContext['log'] {
  const at = (level: string) => (object: object, message?: string) => { logs.push({ level, object: { ...object }, message }) }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => fakeLog(logs) }
}

/** `WORKING`, `artifact:answer`, ...: the gist of what was sent. */
export function gist (events: readonly StreamResponse[]): string[] {
  return events.map(event => {
    if ('statusUpdate' in event) return event.statusUpdate.status.state.replace('TASK_STATE_', '')
    if ('artifactUpdate' in event) return `${event.artifactUpdate.append ? '+' : ''}${textOf(event.artifactUpdate.artifact.parts)}`
    return Object.keys(event).join()
  })
}

export function textOf (parts: readonly Part[] | undefined): string {
  return (parts ?? []).map(part => part.text ?? JSON.stringify(part.data ?? part.raw ?? part.url)).join('')
}
