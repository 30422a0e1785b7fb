/** What a caller writes, as the message that is sent. */
import { randomUUID } from 'node:crypto'
import type { Artifact, Message, Part, Struct, Task } from '../../schemas/v1/common.ts'
import type { SendMessageConfiguration, SendMessageRequest } from '../../schemas/v1/requests.ts'
import { toParts } from '../agent/content.ts'
import type { Content } from '../agent/executor.ts'

/** Text, parts, or a message; what is missing of a message is filled in. */
export type MessageContent = Content | (Partial<Message> & { parts: Part[] })

export type MessageOptions = {
  /** The task that the message goes on with. */
  taskId?: string
  /** The conversation that it belongs to. */
  contextId?: string
  /** Tasks that the agent may look at. */
  referenceTaskIds?: string[]
  /** Of the message. */
  metadata?: Struct
  /** The skill that is meant: agents of this library look at `metadata.skillId`. */
  skill?: string
  configuration?: SendMessageConfiguration
  /** Of the request. */
  requestMetadata?: Struct
}

/** @throws MisuseError for what is no content */
export function toRequest (content: MessageContent, options: MessageOptions & { extensions?: readonly string[] | undefined }): SendMessageRequest {
  const { taskId, contextId, referenceTaskIds, skill, configuration, requestMetadata, extensions = [] } = options
  const whole = isMessage(content) ? content : { parts: toParts(content, 'message') }
  const metadata = { ...whole.metadata, ...options.metadata, ...skill !== undefined && { skillId: skill } }
  return {
    message: {
      messageId: randomUUID(),
      role: 'ROLE_USER',
      ...taskId !== undefined && { taskId },
      ...contextId !== undefined && { contextId },
      ...referenceTaskIds !== undefined && { referenceTaskIds },
      ...extensions.length > 0 && { extensions: [...extensions] },
      ...whole,
      ...Object.keys(metadata).length > 0 && { metadata }
    },
    ...configuration !== undefined && { configuration },
    ...requestMetadata !== undefined && { metadata: requestMetadata }
  }
}

/** The text of what an agent has made: of all artifacts, or of a message. */
export function textOf (items: ReadonlyArray<Pick<Artifact, 'parts'>>): string {
  return items.flatMap(({ parts }) => parts).map(({ text = '' }) => text).join('')
}

/** The text of a task is that of its artifacts; without any, what its status says. */
export function textOfTask ({ artifacts = [], status }: Task): string {
  if (artifacts.length > 0) return textOf(artifacts)
  return status.message === undefined ? '' : textOf([status.message])
}

function isMessage (content: MessageContent): content is Partial<Message> & { parts: Part[] } {
  return typeof content === 'object' && !Array.isArray(content) && 'parts' in content
}
