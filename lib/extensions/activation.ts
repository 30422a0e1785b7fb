import type { Message } from '../../schemas/v1/common.ts'
import { MisuseError } from '../agent/errors.ts'
import type { TaskEvent } from '../task/log.ts'
import type { Activated, Extension, ExtensionEvent } from './extension.ts'

/** The extensions that are active in a request, in the order of the options. */
export type Activation = ReadonlyMap<Extension, Activated<unknown>>

/** By the message that an executor is given: what it finds its extensions by. */
const activations = new WeakMap<Message, Activation>()

export function activationOf (message: Message): Activation | undefined {
  return activations.get(message)
}

/** The extensions of a turn at work. */
export type TurnHooks = {
  /** What is written in place of an event. @throws MisuseError when an extension makes something else of it */
  event (event: TaskEvent): TaskEvent
  /** What is answered in place of a bare message. */
  reply (message: Message): Message
}

/** @param message that of the turn, as its executor is given it */
export function turnHooks (activation: Activation, message: Message): TurnHooks | undefined {
  activations.set(message, activation)
  if (![...activation.keys()].some(({ onEvent }) => onEvent !== undefined)) return undefined
  return {
    event: event => 'statusUpdate' in event || 'artifactUpdate' in event ? seeEvent(activation, event) : event,
    reply: message => seeEvent(activation, { message }).message
  }
}

/** The message as the extensions leave it: they may not make another one of it. */
export async function seeMessage (activation: Activation, message: Message): Promise<Message> {
  const { messageId, role, taskId, contextId } = message
  let seen = message
  for (const [extension, active] of activation) seen = await extension.onMessage?.(seen, active) ?? seen
  return seen === message ? message : { ...seen, messageId, role, ...taskId !== undefined && { taskId }, ...contextId !== undefined && { contextId } }
}

function seeEvent<E extends ExtensionEvent> (activation: Activation, event: E): E {
  let seen: ExtensionEvent = event
  for (const [extension, active] of activation) seen = extension.onEvent?.(seen, active) ?? seen
  if (seen === event) return event
  if (identity(seen) !== identity(event)) {
    throw new MisuseError('A2A_ERR_OUTPUT', `an extension made ${identity(seen)} of ${identity(event)}`)
  }
  // The same kind of event: that is part of its identity.
  return seen as E
}

/** What an extension must leave as it is. */
function identity (event: ExtensionEvent): string {
  if ('statusUpdate' in event) {
    const { taskId, contextId, status: { state } } = event.statusUpdate
    return `a status ${state} of task ${taskId} in ${contextId}`
  }
  if ('artifactUpdate' in event) {
    const { taskId, contextId, artifact: { artifactId }, append } = event.artifactUpdate
    return `${append === true ? 'a chunk of ' : ''}artifact ${artifactId} of task ${taskId} in ${contextId}`
  }
  return `message ${event.message.messageId}`
}
