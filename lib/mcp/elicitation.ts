import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Handlers } from '../client/stream/conversation.ts'
import type { RemoteTool } from '../tools/types.ts'
import type { McpRequest } from './server.ts'
import { loadTypes } from './sdk.ts'

/**
 * Asks the user what an agent asks.
 * @param timeout in ms
 * @returns undefined where the client can't
 */
export function elicitor (server: Server, { sendRequest, signal }: McpRequest, { title }: RemoteTool, timeout: number): Handlers['onInputRequired'] {
  if (!takesForms(server)) return undefined
  return async ({ text, message }) => {
    const { ElicitResultSchema } = await loadTypes()
    const question = text === '' ? JSON.stringify(message?.parts.map(({ data }) => data) ?? '') : text
    const params = {
      // Who asks is said: the words are not ours.
      message: `${title}: ${question}`.slice(0, 4_096),
      requestedSchema: { type: 'object' as const, properties: { answer: { type: 'string' as const, title: 'Answer' } }, required: ['answer'] }
    }
    try {
      const { action, content } = await sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema, { signal, timeout })
      return action === 'accept' && typeof content?.answer === 'string' && content.answer !== '' ? content.answer : undefined
    } catch {
      // The user has not answered: the model reads the question.
      signal.throwIfAborted()
      return undefined
    }
  }
}

/** Before there were kinds of elicitation, the capability had no fields. */
function takesForms (server: Server): boolean {
  const elicitation = server.getClientCapabilities()?.elicitation
  return elicitation !== undefined && ('form' in elicitation || !('url' in elicitation))
}
