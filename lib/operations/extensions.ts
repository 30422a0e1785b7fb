import type { Message } from '../../schemas/v1/common.ts'
import type { Agent } from '../agent/agent.ts'
import type { ResolvedCard } from '../agent/resolved-card.ts'
import type { Settings } from '../agent/settings.ts'
import { declaredExtensions, type Activated, type Extension, type ExtensionRequest } from '../extensions/extension.ts'
import { A2AError } from '../protocol/errors.ts'
import type { Call } from './call.ts'
import type { OperationName } from './operation.ts'

/** Operations in which a required extension must be declared, unless it says otherwise. */
const sends: readonly OperationName[] = ['SendMessage', 'SendStreamingMessage']

/**
 * Makes of the extensions that a request asks for those that are active in it, and lets each of them see the request.
 * Every binding calls it before the operation, and then says in its answer what `call.extensions` holds (A2A 1.0 §3.2.6).
 * @returns the call itself where no extension is asked for
 * @throws A2AError ExtensionSupportRequiredError for an operation that an extension is required for. What a message must
 *   declare is checked with the message, which may do so itself: see `requireExtensions`
 */
export function activate (agent: Agent, call: Call, operation: OperationName): Call | Promise<Call> {
  const { requiredExtensions } = agent.settings
  if (requiredExtensions.length > 0 && !sends.includes(operation)) {
    refuseMissing(requiredExtensions.filter(extension => isRequiredFor(extension, operation)), uri => call.extensions.includes(uri))
  }
  return call.extensions.length === 0 ? call : begin(agent, call, operation)
}

/**
 * What a client that sends a message must have declared: in `A2A-Extensions`, or in the message (A2A 1.0 §3.3.4, §4.6.1).
 * @throws A2AError ExtensionSupportRequiredError
 */
export function requireExtensions (card: ResolvedCard, { requiredExtensions }: Settings, call: Call, message: Message): void {
  if (card.extensions.length === 0 && requiredExtensions.length === 0) return
  const engine = requiredExtensions.filter(extension => isRequiredFor(extension, 'SendMessage') && card.extensions.every(({ uri }) => uri !== extension.uri))
  refuseMissing([...card.extensions.filter(({ required }) => required === true), ...engine],
    uri => call.extensions.includes(uri) || message.extensions?.includes(uri) === true)
}

function isRequiredFor ({ requiredFor = sends }: Extension, operation: OperationName): boolean {
  return requiredFor.includes(operation)
}

function refuseMissing (required: ReadonlyArray<{ uri: string }>, isDeclared: (uri: string) => boolean): void {
  const missing = required.filter(({ uri }) => !isDeclared(uri))
  if (missing.length === 0) return
  const list = missing.map(({ uri }) => uri).join(', ')
  throw new A2AError('ExtensionSupportRequiredError', `This agent requires an extension that the request does not declare: send A2A-Extensions: ${list}`, { metadata: { extensions: list } })
}

async function begin (agent: Agent, call: Call, operation: OperationName): Promise<Call> {
  const { settings } = agent
  const declared = declaredExtensions(await cardFor(settings, call), settings.extensions)
  const extensions = [...new Set(call.extensions)].filter(asked => declared.some(({ uri }) => uri === asked))
  if (extensions.length === 0) return { ...call, extensions }
  const { principal, tenant, log, headers = {} } = call
  const request: ExtensionRequest = { operation, principal, tenant, extensions, log, header: name => firstOf(headers[name]) }
  const activation = new Map<Extension, Activated<unknown>>()
  for (const extension of settings.extensions) {
    if (!extensions.includes(extension.uri)) continue
    activation.set(extension, { state: await extension.onRequest?.(request), request })
  }
  return activation.size === 0 ? { ...call, extensions } : { ...call, extensions, activation }
}

/** Who may see the extended card may use what only it has (A2A 1.0 §13.3). */
export function cardFor ({ card, extendedCard }: Settings, { principal }: Pick<Call, 'principal'>): ResolvedCard | Promise<ResolvedCard> {
  return principal !== undefined && extendedCard !== undefined ? extendedCard(principal) : card()
}

function firstOf (value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}
