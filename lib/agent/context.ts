import { randomUUID } from 'node:crypto'
import type { Artifact, Message, Part, StreamResponse, Struct, Task, TaskArtifactUpdateEvent, TaskState, TaskStatus, TaskStatusUpdateEvent } from '../../schemas/v1/common.ts'
import { timestamp } from '../task/clock.ts'
import type { TurnRequest } from '../task/turn.ts'
import { beginArtifact, copyStruct, toArtifact, toMessage, toParts } from './content.ts'
import { applyEvent } from './emit.ts'
import type {
  ArtifactChunkInput, ArtifactInput, ArtifactStream, ArtifactStreamInput, Content, FileView, Logger, MessageInput, TaskContext, UpdateOptions
} from './executor.ts'
import type { TurnSink } from './turn-sink.ts'

/** The task as its executor sees it: see `TaskContext` for what each member means. */
export class ExecutionContext implements TaskContext {
  readonly #request: TurnRequest
  readonly #sink: TurnSink
  #log: Logger | undefined
  readonly task: Task | undefined
  readonly history: readonly Message[]
  readonly attempt: number
  #memory: Readonly<Struct>

  constructor (request: TurnRequest, sink: TurnSink, options: { task?: Task, memory?: Readonly<Struct>, attempt?: number } = {}) {
    this.#request = request
    this.#sink = sink
    this.task = options.task
    this.history = options.task?.history ?? [request.message]
    this.attempt = options.attempt ?? 1
    this.#memory = options.memory ?? {}
  }

  get taskId () { return this.#request.message.taskId }
  get contextId () { return this.#request.message.contextId }
  get message () { return this.#request.message }
  get memory () { return this.#memory }
  get state () { return this.#sink.state }
  get signal () { return this.#sink.signal }
  get principal () { return this.#request.principal }
  get tenant () { return this.#request.tenant }
  get skillId () { return this.#request.skillId }
  get acceptedOutputModes () { return this.#request.acceptedOutputModes }
  get metadata () { return this.#request.metadata }
  get extensions () { return this.#request.extensions }
  get referencedTasks () { return this.#request.referencedTasks }
  get log () {
    this.#log ??= this.#request.log.child({ taskId: this.taskId })
    return this.#log
  }

  get text (): string {
    let text: string | undefined
    for (const part of this.message.parts) {
      if (part.text !== undefined) text = text === undefined ? part.text : `${text}\n${part.text}`
    }
    return text ?? ''
  }

  get data (): unknown {
    return this.message.parts.find(part => part.data !== undefined)?.data
  }

  get files (): readonly FileView[] {
    return this.message.parts.flatMap(viewFile)
  }

  contextTasks ({ limit = 20 }: { limit?: number } = {}): Promise<Task[]> {
    return this.#request.contextTasks(limit)
  }

  working (message?: MessageInput, options?: UpdateOptions) { return this.#status('TASK_STATE_WORKING', message, options) }
  requireInput (message: MessageInput, options?: UpdateOptions) { return this.#status('TASK_STATE_INPUT_REQUIRED', message, options) }
  requireAuth (message: MessageInput, options?: UpdateOptions) { return this.#status('TASK_STATE_AUTH_REQUIRED', message, options) }
  complete (message?: MessageInput, options?: UpdateOptions) { return this.#status('TASK_STATE_COMPLETED', message, options) }
  fail (message?: MessageInput, options?: UpdateOptions) { return this.#status('TASK_STATE_FAILED', message, options) }
  reject (message?: MessageInput, options?: UpdateOptions) { return this.#status('TASK_STATE_REJECTED', message, options) }
  canceled (message?: MessageInput, options?: UpdateOptions) { return this.#status('TASK_STATE_CANCELED', message, options) }

  artifact (input: ArtifactInput | ArtifactChunkInput, options?: UpdateOptions): Promise<void> {
    return this.#act(() => {
      const { append, lastChunk }: Partial<ArtifactChunkInput> = input
      const artifactUpdate = toUpdate(this, toArtifact(input), append === true, lastChunk === true)
      if (options?.metadata !== undefined) artifactUpdate.metadata = copyStruct(options.metadata, 'metadata')
      return this.#sink.push({ artifactUpdate })
    })
  }

  artifactStream (input: ArtifactStreamInput = {}): ArtifactStream {
    const artifactId = input.artifactId ?? randomUUID()
    let begun = false
    // Not by `#act`: for each chunk of a long stream, a closure is much.
    const write = (content: Content, lastChunk: boolean) => {
      try {
        const parts = toParts(content, 'artifact')
        const artifact = begun ? { artifactId, parts } : beginArtifact(input, artifactId, parts)
        const artifactUpdate = toUpdate(this, artifact, begun, lastChunk)
        begun = true
        return this.#sink.push({ artifactUpdate })
      } catch (error) {
        return this.#refuse(error)
      }
    }
    return {
      artifactId,
      write: (content: Content) => write(content, false),
      // An update holds at least one part (A2A 1.0 §4.1.7): the mark alone rides on an empty one.
      end: (content?: Content) => content === undefined && !begun ? Promise.resolve() : write(content ?? '', true)
    }
  }

  reply (message: MessageInput): Promise<void> {
    return this.#act(() => this.#sink.reply(toMessage(message, { contextId: this.contextId })))
  }

  annotate (metadata: Struct): Promise<void> {
    return this.#act(() => this.#sink.push({ metadata: copyStruct(metadata, 'metadata') }))
  }

  remember (entries: Struct): Promise<void> {
    return this.#act(() => {
      const memory = copyStruct(entries, 'memory')
      const room = this.#sink.push({ memory })
      this.#memory = { ...this.#memory, ...memory }
      return room
    })
  }

  emit (event: StreamResponse): Promise<void> {
    return this.#act(() => applyEvent(event, this.#ids(), this.#sink))
  }

  #ids () {
    return { taskId: this.taskId, contextId: this.contextId }
  }

  #status (state: TaskState, message: MessageInput | undefined, options?: UpdateOptions): Promise<void> {
    return this.#act(() => {
      const status: TaskStatus = { state, timestamp: timestamp() }
      if (message !== undefined) status.message = toMessage(message, this.#ids())
      const statusUpdate: TaskStatusUpdateEvent = { taskId: this.taskId, contextId: this.contextId, status }
      if (options?.metadata !== undefined) statusUpdate.metadata = copyStruct(options.metadata, 'metadata')
      return this.#sink.push({ statusUpdate })
    })
  }

  #act (verb: () => Promise<void>): Promise<void> {
    try {
      return verb()
    } catch (error) {
      return this.#refuse(error)
    }
  }

  /**
   * What is refused rejects, and never throws: a verb that nobody waits for, from a timer perhaps, must not
   * bring the process down.
   */
  #refuse (error: unknown): Promise<never> {
    this.log.warn({ err: error }, 'an update of a task was refused')
    const refused = Promise.reject(error)
    refused.catch(() => {})
    return refused
  }
}

type Ids = { readonly taskId: string, readonly contextId: string }

/** All fields at once: for some processes, one that is added later is slow as long as they live. */
function toUpdate ({ taskId, contextId }: Ids, artifact: Artifact, append: boolean, lastChunk: boolean): TaskArtifactUpdateEvent {
  if (append) return lastChunk ? { taskId, contextId, artifact, append, lastChunk } : { taskId, contextId, artifact, append }
  return lastChunk ? { taskId, contextId, artifact, lastChunk } : { taskId, contextId, artifact }
}

function viewFile ({ raw, url, filename, mediaType }: Part): FileView[] {
  const named = { ...filename !== undefined && { filename }, ...mediaType !== undefined && { mediaType } }
  if (raw !== undefined) return [{ ...named, bytes: Buffer.from(raw, 'base64') }]
  if (url !== undefined) return [{ ...named, url }]
  return []
}
