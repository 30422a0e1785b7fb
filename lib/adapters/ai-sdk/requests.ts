import type { Message } from '../../../schemas/v1/common.ts'
import { isObject } from '../../agent/content.ts'
import type { MessageInput, TaskContext } from '../../agent/executor.ts'
import type { AiToolRequest } from './types.ts'

/** Under this key stand the adapter's metadata, and what a later turn must know in the memory of the task. */
export const metadataKey = 'fastify-a2a/ai-sdk'

/**
 * A conversation that waits for its client. It is kept in the task, since the answer may reach another replica.
 * Everything in it is JSON.
 */
export type Pending = {
  /** The message that the agent was answering. */
  messageId: string
  /** The message whose turn has asked. When that turn runs again after a crash, it answers nothing. */
  askedBy: string
  /** The SDK's messages since then; the last ones hold the tool calls. */
  messages: unknown[]
  requests: AiToolRequest[]
  /** Parts of the tool message that answers them, as far as the client has. */
  answers: unknown[]
}

export function readPending (task: TaskContext): Pending | undefined {
  const pending = task.memory[metadataKey]
  return isPending(pending) ? pending : undefined
}

export async function writePending (task: TaskContext, pending: Pending | undefined): Promise<void> {
  await task.remember({ [metadataKey]: pending ?? null })
}

/** Nobody but this adapter writes under the key; an older version may have. */
function isPending (value: unknown): value is Pending {
  return isObject(value) && typeof value.messageId === 'string' && typeof value.askedBy === 'string' &&
    Array.isArray(value.messages) && Array.isArray(value.requests) && Array.isArray(value.answers)
}

/** One data part for each request, that a client can answer by a data part. */
export function askFor (requests: readonly AiToolRequest[], word: (requests: readonly AiToolRequest[]) => string = question): MessageInput {
  return {
    parts: [
      { text: word(requests) },
      ...requests.map(({ providerExecuted: _, ...request }) => ({
        data: { type: request.approvalId === undefined ? 'tool-call' : 'tool-approval-request', ...request }
      }))
    ]
  }
}

function question (requests: readonly AiToolRequest[]): string {
  return requests
    .map(({ toolName, approvalId }) => approvalId === undefined ? `The output of ${toolName} is needed.` : `May ${toolName} be called?`)
    .join('\n')
}

/**
 * What the message says about the open requests, as parts of a tool message, and what is still open.
 *
 * Data parts answer one by one: `{ approvalId, approved, reason? }` or `{ toolCallId, output }`; an id may be left out
 * where it is clear. Text answers all that no data part does. Only a clear yes approves: any other text denies.
 */
export function readAnswers (message: Message, requests: readonly AiToolRequest[], approves: (text: string) => boolean = isYes): { answers: unknown[], open: AiToolRequest[] } {
  const answers: unknown[] = []
  const text = message.parts.flatMap(part => part.text ?? []).join('\n').trim()
  const data = message.parts.flatMap(part => Array.isArray(part.data) ? part.data : [part.data]).filter(isObject)
  const open = requests.filter(request => {
    const given = data.find(item => isAnswerTo(item, request, requests))
    const answer = given !== undefined ? fromData(given, request) : text !== '' ? fromText(text, request, approves) : undefined
    if (answer !== undefined) answers.push(answer)
    return answer === undefined
  })
  return { answers, open }
}

function isAnswerTo (item: Record<string, unknown>, { approvalId, toolCallId }: AiToolRequest, all: readonly AiToolRequest[]): boolean {
  if (approvalId === undefined) return 'output' in item && (item.toolCallId === toolCallId || (item.toolCallId === undefined && all.length === 1))
  return typeof item.approved === 'boolean' && (item.approvalId === approvalId || (item.approvalId === undefined && all.length === 1))
}

function fromData (item: Record<string, unknown>, request: AiToolRequest): unknown {
  if (request.approvalId === undefined) return toolResult(request, { type: 'json', value: item.output })
  return approval(request, item.approved === true, typeof item.reason === 'string' ? item.reason : undefined)
}

function fromText (text: string, request: AiToolRequest, approves: (text: string) => boolean): unknown {
  if (request.approvalId === undefined) return toolResult(request, { type: 'text', value: text })
  if (approves(text)) return approval(request, true)
  return approval(request, false, /^no\W*$/i.test(text) ? undefined : text)
}

function approval ({ approvalId, providerExecuted }: AiToolRequest, approved: boolean, reason?: string): unknown {
  return {
    type: 'tool-approval-response', approvalId, approved, ...reason !== undefined && { reason }, ...providerExecuted === true && { providerExecuted }
  }
}

function toolResult ({ toolCallId, toolName }: AiToolRequest, output: object): unknown {
  return { type: 'tool-result', toolCallId, toolName, output }
}

function isYes (text: string): boolean {
  return /^(y|yes|yep|yeah|ok|okay|sure|approved?|allow(ed)?|confirm(ed)?|go ahead|do it)( please|, please)?[.! ]*$/i.test(text)
}
