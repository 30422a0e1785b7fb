import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message, Task } from '../../schemas/v1/common.ts'
import type { SendMessageRequest } from '../../schemas/v1/requests.ts'
import type { Agent } from '../agent/agent.ts'
import { invalidParams } from '../protocol/errors.ts'
import { isTerminal } from '../task/states.ts'
import type { IdempotencyRecord } from '../task/store.ts'
import type { Turn, TurnRequest } from '../task/turn.ts'
import type { Call } from './call.ts'

/** A turn that has been taken, or what an earlier request with the same message has come to. */
export type Sent = { turn: Turn } | { message: Message } | { taskId: string }

/** Turns that a repeated request may join. */
const running = new WeakMap<Agent['tasks'], Map<string, Turn>>()

/** Between two looks for what an earlier request has come to on another replica, in ms. */
const lookDelay = 50

/** Begins a turn. @param turnId the id of a turn that continues a task */
type Start = (turn: TurnRequest, turnId: string) => Turn

/**
 * With `idempotency`, a request that came before, from the same owner and with the same messageId and
 * body, is not run again: it joins the turn that is running, on whichever replica, or gets what became of it (A2A 1.0 §3.3.1).
 */
export async function once (agent: Agent, call: Call, request: SendMessageRequest, turn: TurnRequest, ttl: number, start: Start): Promise<Sent> {
  const { message } = request
  const fingerprint = createHash('sha256').update(JSON.stringify([message, request.metadata])).digest('base64url')
  const record: IdempotencyRecord = { fingerprint, taskId: turn.message.taskId }
  const deadline = Date.now() + agent.settings.replyWindow + agent.settings.leaseTtl
  for (;;) {
    const earlier = await agent.store.remember(call.scope, message.messageId, record, ttl)
    if (earlier === undefined) return { turn: run(agent, call, turn, start) }
    if (earlier.fingerprint !== fingerprint) {
      throw invalidParams({ field: 'message.messageId', description: 'was used for a different message' })
    }
    if (earlier.reply !== undefined) return { message: earlier.reply }
    const known = running.get(agent.tasks)?.get(turnKey(call, message.messageId))
    if (known !== undefined) return { turn: known }
    const sent = await findElsewhere(agent, call, request, turn, earlier.taskId)
    if (sent !== undefined) return sent
    // Nobody has taken it: under the same id, for should the first one be alive after all, only one of them makes the task.
    if (Date.now() > deadline) return { turn: run(agent, call, turn.pushConfigs === undefined ? withTaskId(turn, earlier.taskId) : turn, start) }
    await sleep(lookDelay)
  }
}

/** What another replica makes of the message; undefined while it has not said so. */
async function findElsewhere (agent: Agent, call: Call, { message }: SendMessageRequest, turn: TurnRequest, taskId: string): Promise<Sent | undefined> {
  const snapshot = await agent.store.get(call.scope, taskId)
  if (snapshot === undefined) return undefined
  const { task, meta } = snapshot
  // The first turn of a task goes by the id of the task.
  const turnId = message.taskId === undefined ? taskId : message.messageId
  const hasBegun = meta.turnId === turnId && !meta.turnEnded
  const isOver = isTerminal(task.status.state)
  if (!isOver && (hasBegun || meta.queued?.some(queued => queued.turnId === turnId) === true)) {
    return { turn: agent.tasks.join(call.scope, withTaskId(turn, taskId), turnId, hasBegun) }
  }
  return isOver || isTaken(agent, task, message.messageId) ? { taskId } : undefined
}

/** Whether the task has had the message. A history that is full may have lost it again. */
function isTaken ({ settings }: Agent, { history = [] }: Task, id: string): boolean {
  return history.some(({ messageId }) => messageId === id) || history.length >= settings.limits.history
}

function withTaskId (turn: TurnRequest, taskId: string): TurnRequest {
  return { ...turn, message: { ...turn.message, taskId } }
}

function run (agent: Agent, call: Call, request: TurnRequest, start: Start): Turn {
  const { messageId } = request.message
  const forget = () => {
    agent.store.forget(call.scope, messageId).catch(error => call.log.warn({ err: error }, 'an idempotency key could not be taken back'))
  }
  try {
    const turn = start(request, messageId)
    const turns = running.get(agent.tasks) ?? new Map<string, Turn>()
    const key = turnKey(call, messageId)
    running.set(agent.tasks, turns.set(key, turn))
    turn.started.then(async ({ reply }) => {
      if (reply !== undefined) await agent.store.rememberReply(call.scope, messageId, reply)
    }).catch(forget)
    turn.onClose(() => turns.delete(key))
    return turn
  } catch (error) {
    forget()
    throw error
  }
}

function turnKey ({ scope }: Call, messageId: string): string {
  return JSON.stringify([scope.tenant, scope.owner, messageId])
}
