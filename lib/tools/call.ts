/** One call of an agent, from the message to the result. */
import { BrokenCircuitError } from 'cockatiel'
import type { RemoteAgent } from '../client/agent.ts'
import type { MessageContent } from '../client/content.ts'
import { ClientError } from '../client/errors.ts'
import type { AgentEvent } from '../client/stream/events.ts'
import { A2AError } from '../protocol/errors.ts'
import { sizeOfParts } from '../agent/content.ts'
import type { Place } from './places.ts'
import { toToolError, toToolResult, type ResultLimits } from './result.ts'
import type { ExecuteOptions, ToolProgress, ToolResult } from './types.ts'
import { cut } from './words.ts'

export type CallLimits = ResultLimits & {
  /** Bytes of one call. */
  readonly maxReceived: number
  /** In ms; 0 for none. */
  readonly timeout: number
}

export type ToolMessage = { readonly content: MessageContent, readonly skill?: string, readonly taskId?: string, readonly contextId?: string }

/** What an event takes that says nothing, in bytes. */
const eventSize = 100

/** @throws the reason of `signal`, and what a handler throws */
export async function callAgent (place: Place, message: ToolMessage, options: ExecuteOptions, limits: CallLimits): Promise<ToolResult> {
  const { signal } = options
  try {
    signal?.throwIfAborted()
    return await orAborted(signal, place.run(async agent => await follow(agent, message, options, limits)))
  } catch (error) {
    signal?.throwIfAborted()
    const { code, text } = tellable(error, place)
    return toToolError(code, text, message.taskId === undefined ? {} : { taskId: message.taskId })
  }
}

async function follow (agent: RemoteAgent, { content, ...message }: ToolMessage, options: ExecuteOptions, limits: CallLimits): Promise<ToolResult> {
  const { signal, onProgress, ...rest } = options
  const tooLarge = new AbortController()
  const stop = signal === undefined ? tooLarge.signal : AbortSignal.any([signal, tooLarge.signal])
  const stream = agent.stream(content, { ...message, ...rest, signal: stop, cancelOnAbort: true, taskTimeout: limits.timeout })
  let received = 0
  let text = ''
  let state: ToolProgress['state']
  for await (const event of stream) {
    received += eventSize + sizeOf(event)
    if (received > limits.maxReceived) tooLarge.abort(new ClientError('A2A_ERR_TOO_LARGE', `It has sent more than ${limits.maxReceived} bytes`))
    // The task is canceled when the stream is left.
    stop.throwIfAborted()
    if (event.type === 'artifact') text = grown(text, event, limits.maxResult)
    // The stream may have come further than this event.
    state = stateIn(event) ?? state
    await onProgress?.(progressOf(event, state, stream.taskId, text))
  }
  return toToolResult(await stream.result(), limits)
}

function stateIn (event: AgentEvent): ToolProgress['state'] {
  if (event.type === 'status') return event.status.state
  return event.type === 'task' ? event.task.status.state : undefined
}

function grown (text: string, { append, artifact: { parts } }: AgentEvent & { type: 'artifact' }, max: number): string {
  if (text.length >= max) return text
  return cut(`${text}${append === true || text === '' ? '' : '\n'}${textOf(parts)}`, max)
}

function progressOf (event: AgentEvent, state: ToolProgress['state'], taskId: string | undefined, text: string): ToolProgress {
  const message = event.type === 'status' && event.status.message !== undefined ? cut(textOf(event.status.message.parts), maxMessage) : undefined
  return { state, taskId, text, ...message !== undefined && { message } }
}

/** Characters of what is told on the way. */
const maxMessage = 4_096

function textOf (parts: ReadonlyArray<{ text?: string }>): string {
  return parts.map(({ text = '' }) => text).join('')
}

function sizeOf (event: AgentEvent): number {
  switch (event.type) {
    case 'artifact': return sizeOfParts(event.artifact.parts)
    case 'status': return sizeOfParts(event.status.message?.parts ?? [])
    case 'message': return sizeOfParts(event.message.parts)
    case 'task': return [...event.task.artifacts ?? [], ...event.task.history ?? []].reduce((size, { parts }) => size + sizeOfParts(parts), 0)
  }
}

/** Who has aborted does not wait until the agent has been told. */
async function orAborted<T> (signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return await work
  let stop = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What went wrong, for a model and whoever reads what it writes: nothing of addresses and of what lies beneath. */
function tellable (error: unknown, { card: { name } }: Place): { code: string, text: string } {
  const who = `The agent ${JSON.stringify(cut(name, 100))}`
  if (error instanceof A2AError) return { code: error.name, text: `${who} answered with an error: ${cut(error.message, 1_000)}` }
  if (error instanceof BrokenCircuitError) return { code: 'A2A_ERR_NETWORK', text: `${who} has failed too often, and is left alone for a while` }
  if (!(error instanceof ClientError)) throw error
  switch (error.code) {
    case 'A2A_ERR_TIMEOUT': return { code: error.code, text: `${who} did not answer in time` }
    case 'A2A_ERR_TOO_LARGE': return { code: error.code, text: `${who} has sent too much` }
    case 'A2A_ERR_NETWORK': case 'A2A_ERR_STREAM': return { code: error.code, text: `${who} can't be reached, or the connection broke. It may have done the work all the same` }
    default: return { code: error.code, text: `${who} can't be asked` }
  }
}
