import type { ToolFile, ToolResult } from './types.ts'

/** A result as a model reads it. What the agent says and what is said about it are told apart. */
export function toModelText (result: ToolResult): string {
  const lines = contentOf(result)
  if (lines.length === 0) lines.push('[Done, without a result.]')
  // The model has to know it, to go on with the conversation.
  if (result.contextId !== undefined) lines.push(`[contextId: ${JSON.stringify(result.contextId)}]`)
  return lines.join('\n')
}

function contentOf (result: ToolResult): string[] {
  const { text, data, files, isTruncated } = result
  return [
    ...text === '' ? [] : [text],
    ...data.map(value => JSON.stringify(value)),
    ...files.map(fileLine),
    ...isTruncated ? ['[The result was too large: something is missing here.]'] : [],
    ...questionLines(result),
    ...errorLines(result)
  ]
}

function questionLines ({ state, question, taskId, answerBy }: ToolResult): string[] {
  if (question === undefined) return []
  const asked = question === '' ? '.' : `: ${question}`
  if (state === 'TASK_STATE_AUTH_REQUIRED') return [`[The agent waits for an authorization that only the user can give]${asked}`, `[Its task is ${taskId}.]`]
  const how = answerBy === undefined ? '' : `To answer, call the tool ${answerBy} with the answer as message, and `
  return [`[The agent asks a question]${asked}`, `[It is not done yet. ${how}${how === '' ? 'Its' : 'its'} taskId: ${JSON.stringify(taskId)}]`]
}

function errorLines ({ error, taskId }: ToolResult): string[] {
  return error === undefined ? [] : [`[Not done (${error.code})${taskId === undefined ? '' : `, task ${taskId}`}] ${error.message}`]
}

function fileLine ({ name, mediaType, url, size }: ToolFile): string {
  const facts = [name, mediaType, size === undefined ? undefined : `${size} bytes`, url].filter(fact => fact !== undefined)
  return `[A file: ${facts.join(', ')}]`
}
