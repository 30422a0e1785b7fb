/** The public surface of the engine. The plugin itself is `plugins/a2a.ts`. */
export type {
  AgentOptions, Authorize, BindingName, CardOptions, FindOwner, FindTenantAgent, JsonSchema, Limits, OwnerRequest, Paths, PresetName, PreviewOptions, ProtocolVersion, Route, RouteInput, SkillOptions, StreamOptions, TenantAgentOptions
} from './agent/options.ts'
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
export type { Rate, RateLimitOptions } from './agent/rate-limit-options.ts'
export type { CallerList, NetworkOptions } from './security/network.ts'
export { limitsUri } from './extensions/limits.ts'
export type { AuditOptions } from './audit/options.ts'
export type { AuditRecord, AuthenticationRecord, OperationRecord } from './audit/record.ts'
export { verifyAuditFile, type ChainReport } from './audit/verify.ts'
export type { SigningOptions } from './security/cards/options.ts'
export { CardSignatureError, type CardSignatureCode, type Finding as CardFinding } from './security/cards/errors.ts'
export { createCardVerifier, verifyCard, type CardVerifier, type VerifiedCard } from './security/cards/verify.ts'
export type { CardTrust } from './security/cards/trust.ts'
export type { KeySource, KeySources, RemoteKey } from './security/keys/signing-key.ts'
export type { PushEventKind, PushOptions } from './push/options.ts'
export type { DeadLetterBox, DeadPush, DeadPushPage } from './push/dead-letters.ts'
export type { DeadLetter, PushClaim, PushOutcome, PushRecord, PushRecords, RecordPage, RecordQuery } from './push/records.ts'
export { AgentError, MisuseError, type MisuseCode } from './agent/errors.ts'
export { loadConfig } from './agent/config.ts'
export {
  defineExtension, type Activated, type Extension, type ExtensionDefinition, type ExtensionEvent, type ExtensionRequest
} from './extensions/extension.ts'
export { skillSchemaUri } from './extensions/skill-schema.ts'
export { timestamp, timestampUri } from './extensions/timestamp.ts'
export { traceability, traceabilityUri, type Trace, type TraceCall, type TraceResult, type TraceStep } from './extensions/traceability.ts'
export { agentCore, type AgentCoreContext } from './presets/agent-core.ts'
export type { ResumeOptions } from './operations/resume.ts'
export type { OperationName } from './operations/operation.ts'
export { A2AError, type ErrorName, type FieldViolation } from './protocol/errors.ts'
export { AuthError, type AuthErrorCode } from './security/auth-error.ts'
export type { ClientCertificate, Credentials } from './security/credentials.ts'
export type { Identity, RequirementOptions, SchemeOptions, SecurityOptions } from './security/options.ts'
export { createMemoryStore, type MemoryStoreOptions } from './stores/memory/store.ts'
export { Entry } from './task/log.ts'
export { Snapshot } from './task/store.ts'
export { InvalidCursorError, StaleWriteError, StoreUnavailableError } from './task/store-errors.ts'
export { canTransition, isInterrupted, isTerminal, transitions } from './task/states.ts'
