/** The public surface of the engine. The plugin itself is `plugins/a2a.ts`. */
export type { AgentOptions, BindingName, CardOptions, JsonSchema, Limits, Paths, ProtocolVersion, Route, RouteInput, SkillOptions, StreamOptions } from './agent/options.ts'
export type {
  ArtifactChunkInput, ArtifactInput, ArtifactStream, Content, Executor, ExecutorResult, ExecutorYield, FileView, Logger, MessageInput,
  Principal, TaskContext, UpdateOptions
} from './agent/executor.ts'
export type { AgentCard, AgentExtension, AgentSkill } from '../schemas/v1/card.ts'
export type {
  Artifact, Message, Part, StreamResponse, Task, TaskArtifactUpdateEvent, TaskState, TaskStatus, TaskStatusUpdateEvent
} from '../schemas/v1/common.ts'
export type {
  IdempotencyRecord, Lease, LeaseRequest, ListQuery, ReadBatch, ReadOptions, Scope, SnapshotMeta, TaskPage, TaskStore
} from './task/store.ts'
export type { TaskEvent } from './task/log.ts'
export { AgentError, MisuseError, type MisuseCode } from './agent/errors.ts'
export { loadConfig } from './agent/config.ts'
export { A2AError, type ErrorName, type FieldViolation } from './protocol/errors.ts'
export { createMemoryStore, type MemoryStoreOptions } from './stores/memory/store.ts'
export { Entry } from './task/log.ts'
export { Snapshot } from './task/store.ts'
export { InvalidCursorError, StaleWriteError, StoreUnavailableError } from './task/store-errors.ts'
export { canTransition, isInterrupted, isTerminal, transitions } from './task/states.ts'
