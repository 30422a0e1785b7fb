/**
 * The parts of `@a2a-js/sdk` 1.x that an executor touches, declared structurally: this package needs neither the
 * SDK nor its types. The SDK's own `AgentExecutor` is assignable to `A2aJsExecutor`; a type test holds it.
 */

/** google.protobuf.Struct as ts-proto has it. */
export type ProtoStruct = { [key: string]: unknown } | undefined

export type ProtoPart = {
  content?:
    | { $case: 'text', value: string }
    | { $case: 'raw', value: Uint8Array }
    | { $case: 'url', value: string }
    | { $case: 'data', value: unknown }
    | undefined
  metadata: ProtoStruct
  filename: string
  mediaType: string
}

export type ProtoMessage = {
  messageId: string
  contextId: string
  taskId: string
  /** 1 user, 2 agent. */
  role: number
  parts: ProtoPart[]
  metadata: ProtoStruct
  extensions: string[]
  referenceTaskIds: string[]
}

export type ProtoArtifact = {
  artifactId: string
  name: string
  description: string
  parts: ProtoPart[]
  metadata: ProtoStruct
  extensions: string[]
}

export type ProtoStatus = { state: number, message: ProtoMessage | undefined, timestamp: string | undefined }

export type ProtoTask = {
  id: string
  contextId: string
  status: ProtoStatus | undefined
  artifacts: ProtoArtifact[]
  history: ProtoMessage[]
  metadata: ProtoStruct
}

export type ProtoStatusUpdate = { taskId: string, contextId: string, status: ProtoStatus | undefined, metadata: ProtoStruct }

export type ProtoArtifactUpdate = {
  taskId: string
  contextId: string
  artifact: ProtoArtifact | undefined
  append: boolean
  lastChunk: boolean
  metadata: ProtoStruct
}

export type A2aJsEvent =
  | { kind: 'message', data: ProtoMessage }
  | { kind: 'task', data: ProtoTask }
  | { kind: 'statusUpdate', data: ProtoStatusUpdate }
  | { kind: 'artifactUpdate', data: ProtoArtifactUpdate }

export type A2aJsEventListener = (event: A2aJsEvent) => void
export type A2aJsFinishedListener = () => void

export interface A2aJsEventBus {
  publish (event: A2aJsEvent): void
  finished (): void
  on (name: 'event', listener: A2aJsEventListener): this
  on (name: 'finished', listener: A2aJsFinishedListener): this
  off (name: 'event', listener: A2aJsEventListener): this
  off (name: 'finished', listener: A2aJsFinishedListener): this
  once (name: 'event', listener: A2aJsEventListener): this
  once (name: 'finished', listener: A2aJsFinishedListener): this
  removeAllListeners (name?: 'event' | 'finished'): this
}

export interface A2aJsCallContext {
  readonly tenant: string | undefined
  readonly user: { readonly isAuthenticated: boolean, readonly userName: string } | undefined
  readonly requestedExtensions: string[] | undefined
  readonly activatedExtensions: string[] | undefined
  readonly requestedVersion: string
  readonly state: Map<string, unknown>
  addActivatedExtension (uri: string): void
  setRequestedExtensions (extensions: string[] | undefined): void
}

export interface A2aJsRequestContext {
  readonly request: {
    tenant: string
    message: ProtoMessage | undefined
    configuration: {
      acceptedOutputModes: string[]
      taskPushNotificationConfig: object | undefined
      historyLength?: number | undefined
      returnImmediately: boolean
    } | undefined
    metadata: ProtoStruct
  }
  readonly userMessage: ProtoMessage
  readonly taskId: string
  readonly contextId: string
  readonly context: A2aJsCallContext
  readonly task?: ProtoTask
  readonly referenceTasks?: ProtoTask[]
}

/** What `fromA2aJs` takes: an `AgentExecutor` of `@a2a-js/sdk` 1.x. */
export interface A2aJsExecutor {
  execute (context: A2aJsRequestContext, bus: A2aJsEventBus): Promise<void>
  cancelTask (taskId: string, bus: A2aJsEventBus): Promise<void>
}
