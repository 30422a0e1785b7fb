import type { Artifact, Message, Part, Task } from '../../../schemas/v1/common.ts'
import type { TaskContext } from '../../agent/executor.ts'
import { readArtifactId, turnKey, type ArtifactKind } from './artifacts.ts'
import type { AiModelMessage, FromAiSdkOptions } from './types.ts'

/**
 * The conversation so far: the context's earlier tasks, then this task up to and with the message `until`.
 * Answers stand where they were given. Progress messages, reasoning and the tool calls of past turns are left out.
 */
export async function toModelMessages (task: TaskContext, until: string, { contextTasks = 20, fileUrls = false }: FromAiSdkOptions): Promise<AiModelMessage[]> {
  const toContent = contentMapper(fileUrls)
  const earlier = contextTasks > 0 ? await task.contextTasks({ limit: contextTasks }) : []
  // The answer to `until` is still being made, or stands in the SDK's own messages.
  const artifacts = task.task?.artifacts?.filter(({ artifactId }) => readArtifactId(artifactId)?.turn !== turnKey(until))
  return [
    ...earlier.filter(({ id }) => id !== task.taskId).flatMap(past => pastTask(past, toContent)),
    ...dialogue(historyUntil(task, until), artifacts ?? [], toContent).messages
  ]
}

/** Messages that wait for their own turn may be in the history already. */
function historyUntil ({ history, message }: TaskContext, until: string): readonly Message[] {
  const index = history.findIndex(({ messageId }) => messageId === until)
  // The history is bounded: the message may have left it.
  return index === -1 ? [message] : history.slice(0, index + 1)
}

function pastTask ({ history = [], artifacts = [], status }: Task, toContent: ContentMapper): AiModelMessage[] {
  const { messages, rest } = dialogue(history, artifacts, toContent)
  // What failed or was canceled has a message about that, not about the matter.
  const last = status.state === 'TASK_STATE_COMPLETED' || status.state === 'TASK_STATE_INPUT_REQUIRED' ? status.message?.parts ?? [] : []
  return [...messages, ...speak('assistant', toContent([...rest.flatMap(({ parts }) => parts), ...last]))]
}

/** `rest`: artifacts that belong to none of the messages. */
function dialogue (history: readonly Message[], artifacts: readonly Artifact[], toContent: ContentMapper): { messages: AiModelMessage[], rest: Artifact[] } {
  const byTurn = new Map<string | undefined, Artifact[]>()
  for (const artifact of artifacts) {
    const turn = readArtifactId(artifact.artifactId)?.turn
    byTurn.set(turn, [...byTurn.get(turn) ?? [], artifact])
  }
  const messages = history.flatMap(({ role, parts, messageId }): AiModelMessage[] => {
    if (role === 'ROLE_AGENT') return speak('assistant', toContent(parts))
    const answers = byTurn.get(turnKey(messageId)) ?? []
    byTurn.delete(turnKey(messageId))
    return [...speak('user', toContent(parts)), ...speak('assistant', toContent(answerParts(answers)))]
  })
  return { messages, rest: [...byTurn.values()].flat().filter(artifact => kindOf(artifact) !== 'reasoning') }
}

/** A structured output has been streamed as text too, unless it is the only answer. */
function answerParts (artifacts: readonly Artifact[]): Part[] {
  const hasText = artifacts.some(artifact => kindOf(artifact) === 'answer')
  return artifacts
    .filter(artifact => kindOf(artifact) !== 'reasoning' && !(hasText && kindOf(artifact) === 'output'))
    .flatMap(({ parts }) => parts)
}

function kindOf ({ artifactId }: Artifact): ArtifactKind | undefined {
  return readArtifactId(artifactId)?.kind
}

function speak (role: AiModelMessage['role'], content: AiModelMessage['content']): AiModelMessage[] {
  return content.length > 0 ? [{ role, content }] : []
}

type ContentMapper = (parts: readonly Part[]) => AiModelMessage['content']

function contentMapper (fileUrls: NonNullable<FromAiSdkOptions['fileUrls']>): ContentMapper {
  const mayOpen = typeof fileUrls === 'function' ? fileUrls : () => fileUrls
  return parts => parts.flatMap(({ text, raw, url, data, mediaType = 'application/octet-stream', filename }): AiModelMessage['content'] => {
    // Providers refuse empty text.
    if (text !== undefined) return text === '' ? [] : [{ type: 'text', text }]
    const named = { mediaType, ...filename !== undefined && { filename } }
    if (raw !== undefined) return [{ type: 'file', data: raw, ...named }]
    if (url === undefined) return [{ type: 'text', text: JSON.stringify(data) }]
    const web = /^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : undefined
    return web !== undefined && mayOpen(web) ? [{ type: 'file', data: web, ...named }] : [{ type: 'text', text: url }]
  })
}
