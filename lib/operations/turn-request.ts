import { randomUUID } from 'node:crypto'
import type { Message, Struct, Task } from '../../schemas/v1/common.ts'
import type { Agent } from '../agent/agent.ts'
import type { ResolvedCard } from '../agent/resolved-card.ts'
import type { Settings } from '../agent/settings.ts'
import { checkInput, checkOutput, chooseSkill, type SkillChoice } from '../agent/skills.ts'
import { turnHooks } from '../extensions/activation.ts'
import { declaredExtensions } from '../extensions/extension.ts'
import { noteRequest } from '../presets/agent-core.ts'
import { invalidParams } from '../protocol/errors.ts'
import type { Snapshot } from '../task/store.ts'
import type { TurnRequest } from '../task/turn.ts'
import { visible } from './authorize.ts'
import type { Call } from './call.ts'
import { cardFor } from './extensions.ts'

export type TurnInput = {
  message: Message
  /** The task that the message goes to; absent for a new one. */
  snapshot?: Snapshot | undefined
  metadata: Readonly<Struct>
  acceptedOutputModes?: readonly string[] | undefined
  /** What the task must be at, where the message says so. */
  ifGenerationMatch?: number | undefined
}

/** Who serves a message, under which card. */
export type Service = SkillChoice

/** @throws A2AError when the message names a skill that does not serve it */
export function chooseService ({ settings }: Agent, call: Call, input: TurnInput): Service | Promise<Service> {
  const card = cardFor(settings, call)
  return card instanceof Promise ? card.then(card => serviceOf(settings, card, call, input)) : serviceOf(settings, card, call, input)
}

function serviceOf (settings: Settings, card: ResolvedCard, { principal, tenant }: Call, { message, snapshot, metadata }: TurnInput): Service | Promise<Service> {
  return chooseSkill(settings, card, { message, metadata, principal, tenant, task: snapshot?.meta })
}

/** What a message must fulfil before anything runs. @throws A2AError */
export function checkMessage ({ settings }: Agent, { message, snapshot }: TurnInput, { card, skill }: Service): void {
  if (message.role !== 'ROLE_USER') throw invalidParams({ field: 'message.role', description: 'must be ROLE_USER: only agents answer as ROLE_AGENT' })
  const { parts } = settings.limits
  if (message.parts.length > parts) throw invalidParams({ field: 'message.parts', description: `must have at most ${parts} items` })
  checkInput(skill, message, card, snapshot !== undefined)
}

const none: readonly string[] = []
const noViolations: ReturnType<TurnRequest['checkOutput']> = []
const acceptAll = () => noViolations

/** Everything that an executor will be told. */
export function turnRequest (agent: Agent, call: Call, input: TurnInput, service: Service, referencedTasks: readonly Task[] = []): TurnRequest {
  const { message, snapshot, metadata, acceptedOutputModes = none } = input
  const { card, skill, skillId, executor, deadlines, recovery } = service
  const contextId = snapshot?.task.contextId ?? message.contextId ?? randomUUID()
  const full = { contextId, taskId: snapshot?.task.id ?? randomUUID(), ...message } // V8 copies what JSON.parse made ten times faster into an object that has begun already
  if (agent.settings.preset === 'agentcore' && call.headers !== undefined) noteRequest(full, call.headers)
  const hooks = call.activation && turnHooks(call.activation, full)
  return {
    message: full,
    executor,
    skillId,
    timeout: deadlines.timeout,
    idleTimeout: deadlines.idleTimeout,
    recovery,
    principal: call.principal,
    tenant: call.tenant,
    acceptedOutputModes,
    metadata,
    extensions: call.extensions.length === 0 ? none : activeExtensions(agent, call, card),
    hooks,
    ifGenerationMatch: input.ifGenerationMatch,
    referencedTasks,
    contextTasks: limit => contextTasks(agent, call, contextId, limit),
    checkOutput: skill?.output === undefined ? acceptAll : parts => checkOutput(skill, parts),
    log: call.log
  }
}

/** The card of the turn may declare more, or less, than the one that the call was seen under. */
function activeExtensions ({ settings }: Agent, { extensions }: Call, card: ResolvedCard): readonly string[] {
  const declared = declaredExtensions(card, settings.extensions)
  return extensions.filter(asked => declared.some(({ uri }) => uri === asked))
}

/** What the caller may not see is left out, as if it did not exist. */
export async function findReferenced (agent: Agent, call: Call, taskIds: readonly string[]): Promise<Task[]> {
  const found = await Promise.all(taskIds.map(taskId => agent.store.get(call.scope, taskId)))
  const seen = await visible(agent, call, found.filter(snapshot => snapshot !== undefined))
  return seen.map(({ task }) => task)
}

async function contextTasks (agent: Agent, call: Call, contextId: string, limit: number): Promise<Task[]> {
  const { items } = await agent.store.list(call.scope, { contextId, limit })
  return (await visible(agent, call, items)).map(({ task }) => task).reverse()
}
