import type { AgentCard, AgentExtension } from '../../schemas/v1/card.ts'
import type { Message, Struct, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '../../schemas/v1/common.ts'
import type { Logger, Principal, TaskContext } from '../agent/executor.ts'
import type { ResolvedCard } from '../agent/resolved-card.ts'
import type { OperationName } from '../operations/operation.ts'
import { activationOf } from './activation.ts'

/** A request in which an extension is active. */
export type ExtensionRequest = {
  readonly operation: OperationName
  readonly principal: Principal | undefined
  readonly tenant: string | undefined
  /** URIs of all extensions that are active. */
  readonly extensions: readonly string[]
  /** A header of the request, or metadata of gRPC, by its name in lower case; the first one where it is repeated. */
  header (name: string): string | undefined
  readonly log: Logger
}

export type Activated<State> = {
  /** What `onRequest` answered. */
  readonly state: State
  readonly request: ExtensionRequest
}

/** What a client sees of a turn. `message` is a bare one, that is answered instead of a task. */
export type ExtensionEvent = { statusUpdate: TaskStatusUpdateEvent } | { artifactUpdate: TaskArtifactUpdateEvent } | { message: Message }

export type ExtensionDefinition<State> = {
  /** Absolute; with the version in it, as a new version is a new extension (A2A 1.0 §4.6). */
  readonly uri: string
  readonly description?: string
  /** Whether clients must declare the extension, in the operations of `requiredFor`. Default: false. */
  readonly required?: boolean
  /** Default: `SendMessage` and `SendStreamingMessage`. */
  readonly requiredFor?: readonly OperationName[]
  /** A function makes them for each card; where it answers nothing, that card does not have the extension. */
  readonly params?: Struct | ((card: ResolvedCard) => Struct | undefined)
  /** The card, as it would be without the extension; answers the one that there is with it. Active or not. */
  onCard? (card: AgentCard): AgentCard
  /** A request comes in which the extension is active. Answers what the other hooks and the executor find as its state. */
  onRequest? (request: ExtensionRequest): State | Promise<State>
  /** A message comes; answers another one in its place, or nothing. Its ids stay. */
  onMessage? (message: Message, active: Activated<State>): Message | undefined | Promise<Message | undefined>
  /**
   * Something happens in a turn whose request has activated the extension; answers another event in its place, or nothing.
   * It is what is stored and what everybody sees. State and ids stay.
   */
  onEvent? (event: ExtensionEvent, active: Activated<State>): ExtensionEvent | undefined
}

export type Extension<State = unknown> = ExtensionDefinition<State> & {
  /** The state of the extension in this turn, for executors; undefined where it is not active. */
  of (task: Pick<TaskContext, 'message'>): State | undefined
}

/**
 * An extension of the protocol (A2A 1.0 §4.6), for the option `extensions` of an agent.
 * @example
 * const units = defineExtension({
 *   uri: 'https://example.com/extensions/units/v1',
 *   onRequest: ({ header }) => ({ metric: header('x-units') !== 'imperial' })
 * })
 */
export function defineExtension<State = undefined> (definition: ExtensionDefinition<State>): Extension<State> {
  const extension: Extension<State> = {
    ...definition,
    // What is known under this extension is what its own `onRequest` has answered.
    of: ({ message }) => activationOf(message)?.get(extension)?.state as State | undefined
  }
  return Object.freeze(extension)
}

/** What a card says of its extensions: those of its author first, who has the last word on each. */
export function declaredExtensions (card: ResolvedCard, extensions: readonly Extension[]): AgentExtension[] {
  const declared = [...card.extensions]
  for (const { uri, description, required, params: given } of extensions) {
    if (card.extensions.some(extension => extension.uri === uri)) continue
    const params = typeof given === 'function' ? given(card) : given
    if (typeof given === 'function' && params === undefined) continue
    declared.push({
      uri,
      ...description !== undefined && { description },
      ...required !== undefined && { required },
      ...params !== undefined && { params }
    })
  }
  return declared
}
