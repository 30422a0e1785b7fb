/** SendMessage and SendStreamingMessage (A2A 1.0 §3.1.1, §3.1.2). */
import type { Message, Struct, Task } from '../../schemas/v1/common.ts'
import type { SendMessageConfiguration, SendMessageRequest } from '../../schemas/v1/requests.ts'
import type { Agent } from '../agent/agent.ts'
import { A2AError, invalidParams, taskNotFound } from '../protocol/errors.ts'
import { toRequirement } from '../security/requirements.ts'
import { terminalTask } from '../task/runner.ts'
import { isTerminal } from '../task/states.ts'
import type { Snapshot } from '../task/store.ts'
import type { Turn, TurnRequest } from '../task/turn.ts'
import { authorizeOperation, checkContext } from './authorize.ts'
import type { Call } from './call.ts'
import { seeMessage } from '../extensions/activation.ts'
import { requireExtensions } from './extensions.ts'
import { checkGeneration, expectedGeneration } from './generation.ts'
import { limitHistory } from './history.ts'
import { inlinePushConfig } from './push.ts'
import { once, type Sent } from './idempotency.ts'
import { requireStreaming, streamMessage, streamSnapshot, streamTurn, type StreamOptions, type TaskStream } from './stream.ts'
import { findTask } from './tasks.ts'
import { checkMessage, chooseService, findReferenced, turnRequest, type Service, type TurnInput } from './turn-request.ts'

type InlinePushConfig = NonNullable<SendMessageConfiguration['taskPushNotificationConfig']>

export type SendResult = { task: Snapshot } | { message: Message }

export async function sendMessage (agent: Agent, call: Call, request: SendMessageRequest): Promise<SendResult> {
  const sending = send(agent, call, request)
  const sent = sending instanceof Promise ? await sending : sending
  if ('message' in sent) return sent
  noteTask(call, sent)
  const { returnImmediately = false, historyLength } = request.configuration ?? {}
  if ('taskId' in sent) return { task: limitHistory(await findTask(agent, call, sent.taskId), historyLength) }
  const { turn } = sent
  // A message that waits for its turn has been taken, too.
  if (!(returnImmediately && turn.isQueued)) {
    await (returnImmediately ? turn.started : turn.settled)
    if (turn.reply !== undefined) return replied(call, turn.reply)
  }
  const snapshot = await agent.store.get(call.scope, turn.request.message.taskId)
  if (snapshot === undefined) throw taskNotFound(turn.request.message.taskId)
  return { task: limitHistory(snapshot, historyLength) }
}

export async function sendStreamingMessage (agent: Agent, call: Call, request: SendMessageRequest, options: StreamOptions = {}): Promise<TaskStream> {
  requireStreaming(agent)
  const leave = agent.streams.enter(call.client)
  try {
    const sending = send(agent, call, request)
    const sent = sending instanceof Promise ? await sending : sending
    if ('message' in sent) return streamMessage(sent.message, leave)
    noteTask(call, sent)
    if ('taskId' in sent) return streamSnapshot(await findTask(agent, call, sent.taskId), leave)
    const { turn } = sent
    const historyLength = request.configuration?.historyLength
    if (turn.isQueued) return streamTurn(agent, call, turn, { historyLength }, options, leave)
    const start = await turn.started
    if (start.reply !== undefined) return streamMessage(replied(call, start.reply).message, leave)
    return streamTurn(agent, call, turn, { start, historyLength }, options, leave)
  } catch (error) {
    leave()
    throw error
  }
}

function noteTask (call: Call, sent: Exclude<Sent, { message: Message }>): void {
  call.onTask?.('taskId' in sent ? sent.taskId : sent.turn.request.message.taskId)
}

/** There is no task, after all. */
function replied (call: Call, message: Message): { message: Message } {
  call.onTask?.(undefined)
  return { message }
}

const noMetadata: Readonly<Struct> = Object.freeze({})

function send (agent: Agent, call: Call, request: SendMessageRequest): Sent | Promise<Sent> {
  const { activation } = call
  if (activation === undefined) return sendSeen(agent, call, request, request.message)
  return seeMessage(activation, request.message).then(message => sendSeen(agent, call, request, message))
}

/**
 * A new task that refers to no other needs nothing from the store.
 * @param message that of the request, as extensions have left it
 */
function sendSeen (agent: Agent, call: Call, request: SendMessageRequest, message: Message): Sent | Promise<Sent> {
  const { configuration, metadata = noMetadata } = request
  if (configuration?.taskPushNotificationConfig !== undefined && agent.push === undefined) throw new A2AError('PushNotificationNotSupportedError')
  const input: TurnInput = { message, metadata, snapshot: undefined, acceptedOutputModes: configuration?.acceptedOutputModes }
  if (isRelated(message) || agent.settings.authorize !== undefined) return sendRelated(agent, call, request, input)
  const service = chooseService(agent, call, input)
  return service instanceof Promise ? service.then(service => take(agent, call, request, input, service)) : take(agent, call, request, input, service)
}

/** Whether a message says of itself what it has to do with others. */
function isRelated ({ taskId, contextId, referenceTaskIds }: Message): boolean {
  return taskId !== undefined || contextId !== undefined || referenceTaskIds !== undefined
}

async function sendRelated (agent: Agent, call: Call, request: SendMessageRequest, input: TurnInput): Promise<Sent> {
  const { message } = input
  if (message.taskId === undefined) {
    await authorizeOperation(agent, call)
    if (message.contextId !== undefined) await checkContext(agent, call, message.contextId)
  }
  const related = message.taskId === undefined ? input : await inputTo(agent, call, request, input, message.taskId)
  const service = await chooseService(agent, call, related)
  const referenced = message.referenceTaskIds === undefined ? undefined : await findReferenced(agent, call, message.referenceTaskIds)
  return await take(agent, call, request, related, service, referenced)
}

function take (agent: Agent, call: Call, request: SendMessageRequest, input: TurnInput, service: Service, referenced?: readonly Task[]): Sent | Promise<Sent> {
  const { securityRequirements = [] } = service.skill ?? {}
  if (securityRequirements.length === 0 || call.authentication === undefined) return takeAllowed(agent, call, request, input, service, referenced)
  return call.authentication.require(securityRequirements.map(toRequirement)).then(() => takeAllowed(agent, call, request, input, service, referenced))
}

function takeAllowed (agent: Agent, call: Call, request: SendMessageRequest, input: TurnInput, service: Service, referenced?: readonly Task[]): Sent | Promise<Sent> {
  const { message, snapshot } = input
  requireExtensions(service.card, agent.settings, call, message)
  checkMessage(agent, input, service)
  const turn = turnRequest(agent, call, input, service, referenced)
  const pushConfig = request.configuration?.taskPushNotificationConfig
  return pushConfig === undefined ? takeUp(agent, call, request, turn, snapshot) : takeUpPushed(agent, call, request, turn, snapshot, pushConfig)
}

/** A message that brings a push configuration. */
async function takeUpPushed (
  agent: Agent, call: Call, request: SendMessageRequest, turn: TurnRequest, snapshot: Snapshot | undefined, config: InlinePushConfig
): Promise<Sent> {
  const { taskId } = turn.message
  const record = await inlinePushConfig(agent, call, taskId, config, snapshot === undefined)
  if (snapshot === undefined) return await takeUp(agent, call, request, { ...turn, pushConfigs: [record] }, snapshot)
  // A task that has ended takes no message, and nothing that comes with one.
  if (!isTerminal(snapshot.task.status.state)) await agent.store.putPushConfig(call.scope, taskId, record)
  return await takeUp(agent, call, request, turn, snapshot)
}

function takeUp (agent: Agent, call: Call, request: SendMessageRequest, turn: TurnRequest, snapshot: Snapshot | undefined): Sent | Promise<Sent> {
  if (agent.settings.idempotency === false) return { turn: start(agent, call, turn, snapshot) }
  return once(agent, call, request, turn, agent.settings.idempotency.ttl, (turn, turnId) => start(agent, call, turn, snapshot, turnId))
}

function start (agent: Agent, call: Call, turn: TurnRequest, snapshot: Snapshot | undefined, turnId?: string): Turn {
  // Here and not before: what ended the task may be this very message, sent again.
  if (snapshot !== undefined && isTerminal(snapshot.task.status.state)) throw terminalTask(snapshot.task.id, snapshot.task.status.state)
  const leave = agent.clients.enter(call.client)
  try {
    const begun = snapshot === undefined ? agent.tasks.begin(call.scope, turn) : agent.tasks.follow(call.scope, turn, turnId)
    begun.onClose(leave)
    return begun
  } catch (error) {
    leave()
    throw error
  }
}

async function inputTo (agent: Agent, call: Call, { configuration }: SendMessageRequest, input: TurnInput, taskId: string): Promise<TurnInput> {
  const snapshot = await findTaskOf(agent, call, input.message, taskId)
  const ifGenerationMatch = expectedGeneration(agent, configuration)
  checkGeneration(snapshot, ifGenerationMatch)
  return { ...input, snapshot, ifGenerationMatch }
}

async function findTaskOf (agent: Agent, call: Call, { contextId }: Message, taskId: string): Promise<Snapshot> {
  const snapshot = await findTask(agent, call, taskId)
  const { task } = snapshot
  if (contextId !== undefined && contextId !== task.contextId) {
    throw invalidParams({ field: 'message.contextId', description: 'is not the context of this task' })
  }
  return snapshot
}
