import { createHash } from 'node:crypto'
import type { Message } from '../../schemas/v1/common.ts'
import type { SendMessageRequest } from '../../schemas/v1/requests.ts'
import type { Agent } from '../agent/agent.ts'
import { invalidParams } from '../protocol/errors.ts'
import type { Turn } from '../task/turn.ts'
import type { Call } from './call.ts'

/** A turn that has been taken, or what an earlier request with the same message has come to. */
export type Sent = { turn: Turn } | { message: Message } | { taskId: string }

/** Turns that a repeated request may join. */
const running = new WeakMap<Agent, Map<string, Turn>>()

/**
 * With `idempotency`, a request that came before, from the same owner and with the same messageId and
 * body, is not run again: it joins the turn that is running, or gets what became of it (A2A 1.0 §3.3.1).
 */
export async function once (agent: Agent, call: Call, request: SendMessageRequest, taskId: string, ttl: number, start: () => Turn): Promise<Sent> {
  const { messageId } = request.message
  const fingerprint = createHash('sha256').update(JSON.stringify([request.message, request.metadata])).digest('base64url')
  const earlier = await agent.store.remember(call.scope, messageId, { fingerprint, taskId }, ttl)
  if (earlier === undefined) return { turn: run(agent, call, messageId, start) }
  if (earlier.fingerprint !== fingerprint) {
    throw invalidParams({ field: 'message.messageId', description: 'was used for a different message' })
  }
  if (earlier.reply !== undefined) return { message: earlier.reply }
  const turn = running.get(agent)?.get(turnKey(call, messageId))
  return turn === undefined ? { taskId: earlier.taskId } : { turn }
}

function run (agent: Agent, call: Call, messageId: string, start: () => Turn): Turn {
  const forget = () => {
    agent.store.forget(call.scope, messageId).catch(error => call.log.warn({ err: error }, 'an idempotency key could not be taken back'))
  }
  try {
    const turn = start()
    const turns = running.get(agent) ?? new Map<string, Turn>()
    running.set(agent, turns.set(turnKey(call, messageId), turn))
    turn.started.then(async ({ reply }) => {
      if (reply !== undefined) await agent.store.rememberReply(call.scope, messageId, reply)
    }).catch(forget)
    turn.closed.then(() => turns.delete(turnKey(call, messageId)))
    return turn
  } catch (error) {
    forget()
    throw error
  }
}

function turnKey ({ scope }: Call, messageId: string): string {
  return JSON.stringify([scope.tenant, scope.owner, messageId])
}
