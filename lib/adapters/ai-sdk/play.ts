import type { ArtifactStream, TaskContext } from '../../agent/executor.ts'
import { artifactIdOf, type ArtifactKind } from './artifacts.ts'
import { coalesce } from './coalesce.ts'
import type { AiStreamPart, AiToolCall, AiToolRequest, FromAiSdkOptions } from './types.ts'

/** How a stream has ended. */
export type Played = {
  failure?: { error: unknown }
  /** Tool calls that wait for the client. */
  requests: AiToolRequest[]
  /** The input of the tool call that is the answer. */
  answer?: unknown
  finishReason?: string
  usage?: object
  sources: { url: string, title?: string }[]
}

/** Brings what the agent streams into the task, up to the end of the stream or its first error. */
export async function play (stream: AsyncIterable<{ type: string }>, task: TaskContext, options: FromAiSdkOptions): Promise<Played> {
  const { messageId } = task.message
  const text = options.structured === true ? undefined : openText('answer', task, options)
  const reasoning = options.reasoning === true ? openText('reasoning', task, options) : undefined
  const flush = async () => {
    await reasoning?.flush()
    await text?.flush()
  }
  const open = new Map<string, AiToolRequest>()
  const played: Played = { requests: [], sources: [] }
  let files = 0

  try {
    for await (const item of stream) {
      const part = item as AiStreamPart // by its type; other types fall through
      switch (part.type) {
        case 'text-start':
          text?.startBlock()
          break
        case 'text-delta':
          await reasoning?.flush()
          await text?.push(part.text)
          break
        case 'reasoning-start':
          reasoning?.startBlock()
          break
        case 'reasoning-delta':
          await reasoning?.push(part.text)
          break
        case 'file':
          await flush()
          await task.artifact({
            artifactId: artifactIdOf('file', messageId, ++files), name: 'file', raw: part.file.base64, mediaType: part.file.mediaType
          })
          break
        case 'source':
          if (part.url !== undefined) played.sources.push({ url: part.url, ...part.title !== undefined && { title: part.title } })
          break
        case 'tool-call':
          // The provider answers its own calls, if need be in a later response.
          if (part.providerExecuted !== true) open.set(part.toolCallId, toolCall(part))
          await flush()
          await tellOfTool(task, toolCall(part), options)
          break
        case 'tool-result': case 'tool-error': case 'tool-output-denied':
          if (part.preliminary !== true) open.delete(part.toolCallId)
          break
        case 'tool-approval-request':
          // `ai` 7 also reports those that a policy has decided.
          if (part.isAutomatic === true) break
          open.set(part.toolCall.toolCallId, {
            ...toolCall(part.toolCall), approvalId: part.approvalId, ...part.toolCall.providerExecuted === true && { providerExecuted: true }
          })
          break
        case 'finish':
          played.finishReason = part.finishReason
          if (part.totalUsage !== undefined) {
            const { raw: _, ...usage } = part.totalUsage // the provider's own words for it
            played.usage = usage
          }
          break
        case 'abort':
          played.failure = { error: new Error(`The stream was aborted${part.reason === undefined ? '' : `: ${part.reason}`}`) }
          break
        case 'error':
          played.failure = { error: part.error }
          break
      }
      if (played.failure !== undefined) break
    }
  } finally {
    // Whatever has happened, the client keeps what the model has said.
    await reasoning?.end()
    await text?.end()
  }
  const calls = [...open.values()]
  const answer = calls.find(({ toolName }) => options.answerTools?.includes(toolName))
  if (answer !== undefined) played.answer = answer.input
  else played.requests = calls
  return played
}

/** An artifact that grows by text. Blocks of text are set apart by an empty line. */
function openText (kind: ArtifactKind, task: TaskContext, { coalesce: { ms = 50, bytes = 2048 } = {} }: FromAiSdkOptions) {
  let artifact: ArtifactStream | undefined
  let gap = ''
  const buffer = coalesce(async text => {
    artifact ??= task.artifactStream({ artifactId: artifactIdOf(kind, task.message.messageId), name: kind })
    await artifact.write(text)
  }, { ms, bytes })
  return {
    flush: buffer.flush,
    startBlock () {
      if (artifact !== undefined) gap = '\n\n'
    },
    async push (text: string) {
      if (text === '') return
      const before = gap
      gap = ''
      await buffer.push(before + text)
    },
    async end () {
      const rest = buffer.take()
      await artifact?.end(rest === '' ? undefined : rest)
    }
  }
}

async function tellOfTool (task: TaskContext, call: AiToolCall, { toolUpdates = false }: FromAiSdkOptions): Promise<void> {
  if (toolUpdates === false) return
  const message = toolUpdates === true ? `Calling ${call.toolName}` : toolUpdates(call)
  if (message !== undefined) await task.working(message)
}

function toolCall ({ toolCallId, toolName, input }: AiToolCall): AiToolCall {
  return { toolCallId, toolName, input }
}
