import type { Artifact, Message, Part, StreamResponse, Struct, Task, TaskState } from '../../schemas/v1/common.ts'

/** pino's interface, as far as executors and the engine use it. */
export interface Logger {
  debug (object: object, message?: string): void
  info (object: object, message?: string): void
  warn (object: object, message?: string): void
  error (object: object, message?: string): void
  child (bindings: Record<string, unknown>): Logger
}

/** The authenticated caller. */
export type Principal = {
  readonly id: string
  readonly issuer?: string
  readonly scopes?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  /** The security scheme by which it came. */
  readonly scheme?: string
}

/** A file part of a message: its bytes are inline, or at a URL. */
export type FileView = { filename?: string, mediaType?: string, bytes: Buffer } | { filename?: string, mediaType?: string, url: string }

/** What an artifact or a message is made of. A string is one text part. */
export type Content = string | Part | readonly Part[]

/** One of `text`, `data`, `raw` (bytes or base64), `url` or `parts`. */
export type ArtifactInput = {
  text?: string
  data?: unknown
  raw?: Uint8Array | string
  url?: string
  parts?: readonly Part[]
  filename?: string
  mediaType?: string
  /** Default: a new UUID. */
  artifactId?: string
  name?: string
  description?: string
  metadata?: Struct
  extensions?: string[]
}

export type ArtifactChunkInput = ArtifactInput & {
  /** The artifact that this belongs to. */
  artifactId: string
  /** Adds to what the artifact already holds; false (default) replaces it. */
  append?: boolean
  lastChunk?: boolean
}

/** An artifact that is written in pieces. The first piece makes it, the others are appended. */
export interface ArtifactStream {
  readonly artifactId: string
  /** Resolves when there is room for more. */
  write (content: Content): Promise<void>
  /** Marks the last chunk; `content` is that chunk. */
  end (content?: Content): Promise<void>
}

/** What stays the same for all pieces of a streamed artifact. */
export type ArtifactStreamInput = Pick<ArtifactInput, 'artifactId' | 'name' | 'description' | 'metadata' | 'extensions'>

/** A message to the client: its text, its parts, or both metadata and parts. */
export type MessageInput = Content | { parts: readonly Part[], messageId?: string, metadata?: Struct, extensions?: string[], referenceTaskIds?: string[] }

/**
 * What an executor is given: the message, the task it belongs to, and a verb for everything that can
 * happen to a task.
 *
 * Verbs act at once and in the order of their calls. Each returns a promise that resolves when there is
 * room for more: `yield` it or `await` it, and a fast executor never outruns its store. A verb that would
 * break the life cycle rejects with a MisuseError that names both states.
 */
export interface TaskContext {
  readonly taskId: string
  readonly contextId: string
  /** The message of this turn. */
  readonly message: Message
  /** All text parts of the message, joined by newlines. */
  readonly text: string
  /** The value of the first data part; undefined without one. */
  readonly data: unknown
  readonly files: readonly FileView[]
  /** The task as it was when this turn began; undefined in the first turn. */
  readonly task: Task | undefined
  /** The messages of this task so far, this turn's included. */
  readonly history: readonly Message[]
  /**
   * What earlier turns of this task have put aside by `remember`, and this one before now.
   * Stored with the task and never shown to anybody.
   */
  readonly memory: Readonly<Struct>
  /** The state that the task is in now. */
  readonly state: TaskState
  /** The tasks that the message refers to and the caller may see. */
  readonly referencedTasks: readonly Task[]
  /** Earlier tasks of the same context, oldest first. */
  contextTasks (options?: { limit?: number }): Promise<Task[]>

  readonly principal: Principal | undefined
  readonly tenant: string | undefined
  /** The skill that serves this turn, if one was chosen. */
  readonly skillId: string | undefined
  /** What the caller takes, as media types; empty when it did not say. */
  readonly acceptedOutputModes: readonly string[]
  /** `metadata` of the request. */
  readonly metadata: Readonly<Struct>
  /** URIs of the extensions that are active in this request. */
  readonly extensions: readonly string[]
  /** Fires on cancel, on a deadline and on shutdown; its reason says which. */
  readonly signal: AbortSignal
  readonly log: Logger
  /** 1, and more when the turn runs again after a crash. */
  readonly attempt: number

  working (message?: MessageInput, options?: UpdateOptions): Promise<void>
  /** Adds a whole artifact, or a chunk of one. */
  artifact (artifact: ArtifactInput | ArtifactChunkInput, options?: UpdateOptions): Promise<void>
  /** Starts an artifact that is written piece by piece. */
  artifactStream (artifact?: ArtifactStreamInput): ArtifactStream
  /** Asks the client for more; its answer starts the next turn. */
  requireInput (message: MessageInput, options?: UpdateOptions): Promise<void>
  /** Asks the client for authorization (A2A 1.0 §7.6); the executor may go on waiting for it. */
  requireAuth (message: MessageInput, options?: UpdateOptions): Promise<void>
  complete (message?: MessageInput, options?: UpdateOptions): Promise<void>
  fail (message?: MessageInput, options?: UpdateOptions): Promise<void>
  reject (message?: MessageInput, options?: UpdateOptions): Promise<void>
  /** For an executor that was told to stop and did; `complete` and `fail` say that it finished before. */
  canceled (message?: MessageInput, options?: UpdateOptions): Promise<void>
  /**
   * Answers with a bare message. Nothing of the exchange is kept as a task, unless there is one already:
   * then the message completes it.
   */
  reply (message: MessageInput): Promise<void>
  /** Merges into the metadata of the task. */
  annotate (metadata: Struct): Promise<void>
  /** Merges into `memory`: for what a later turn must know, wherever it runs. */
  remember (entries: Struct): Promise<void>
  /** Applies a protocol object as it is: what adapters of other SDKs need. */
  emit (event: StreamResponse): Promise<void>
}

export type UpdateOptions = {
  /** Metadata of the update event itself. */
  metadata?: Struct
}

/**
 * What an executor may return: text, bytes and parts become an artifact, as does an artifact; a message
 * is replied; any other value becomes an artifact with one data part. Nothing leaves the task as it is.
 */
export type ExecutorResult = void | undefined | null | string | Uint8Array | Part | readonly Part[] | ArtifactInput | Artifact | Message | object | number | boolean

/**
 * What a generator may yield: the promise of a verb, text (a chunk of the answer's artifact), or a
 * protocol event.
 */
export type ExecutorYield = void | undefined | string | StreamResponse

export type ExecuteFunction = (task: TaskContext) =>
  AsyncGenerator<ExecutorYield, ExecutorResult, void> | AsyncIterable<ExecutorYield> | Promise<ExecutorResult> | ExecutorResult

export type Executor = ExecuteFunction | {
  execute: ExecuteFunction
  /** Called on cancel, as `signal` fires, with the context of the running turn, or of the waiting task. */
  cancel? (task: TaskContext): void | Promise<void>
}
