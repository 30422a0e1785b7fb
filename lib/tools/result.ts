import type { Part, Task } from '../../schemas/v1/common.ts'
import type { SendResult } from '../client/stream/task-stream.ts'
import { isInterrupted } from '../task/states.ts'
import type { ToolFile, ToolResult } from './types.ts'
import { cut } from './words.ts'

export type ResultLimits = {
  /** Characters of text, and of data as JSON. */
  readonly maxResult: number
  /** Bytes of files. */
  readonly maxFiles: number
}

/** What an agent has answered, as far as it fits. */
export function toToolResult ({ task, message }: Pick<SendResult, 'task' | 'message'>, limits: ResultLimits): ToolResult {
  const contents = createContents(limits)
  if (task === undefined) {
    contents.add(message?.parts ?? [])
    return { ...message?.contextId !== undefined && { contextId: message.contextId }, ...contents.taken() }
  }
  const { id: taskId, contextId, status: { state } } = task
  const says = contents.words(task.status.message?.parts ?? [])
  const artifacts = task.artifacts ?? []
  for (const { parts } of artifacts) contents.add(parts)
  // Then it is the answer.
  if (artifacts.length === 0 && state === 'TASK_STATE_COMPLETED') contents.add(task.status.message?.parts ?? [])
  return {
    state,
    taskId,
    ...contextId !== undefined && { contextId },
    ...contents.taken(),
    ...isInterrupted(state) && { question: says },
    ...errorOf(task, says)
  }
}

/** A call that has come to nothing. */
export function toToolError (code: string, message: string, place: Pick<ToolResult, 'state' | 'taskId' | 'contextId'> = {}): ToolResult {
  return { ...place, text: '', data: [], files: [], error: { code, message }, isTruncated: false }
}

export function failed ({ error }: ToolResult): boolean {
  return error !== undefined
}

const reasons: Readonly<Partial<Record<Task['status']['state'], string>>> = {
  TASK_STATE_FAILED: 'The agent has failed',
  TASK_STATE_REJECTED: 'The agent has refused to do it',
  TASK_STATE_CANCELED: 'The task was canceled'
}

function errorOf ({ status: { state } }: Task, says: string): Pick<ToolResult, 'error'> {
  const reason = reasons[state]
  return reason === undefined ? {} : { error: { code: state, message: says === '' ? reason : `${reason}: ${says}` } }
}

function createContents ({ maxResult, maxFiles }: ResultLimits) {
  const texts: string[] = []
  const data: unknown[] = []
  const files: ToolFile[] = []
  let room = maxResult
  let fileRoom = maxFiles
  let isTruncated = false

  /** As much of a text as there is room for. */
  function take (text: string): string {
    const taken = cut(text, room)
    if (taken.length < text.length) isTruncated = true
    room -= taken.length
    return taken
  }

  function takeData (value: unknown): void {
    const { length } = JSON.stringify(value)
    if (length > room) {
      isTruncated = true
    } else {
      room -= length
      data.push(value)
    }
  }

  function takeFile ({ raw, url, filename, mediaType }: Part): void {
    if (files.length === maxFileCount) {
      isTruncated = true
      return
    }
    const size = raw === undefined ? undefined : Math.floor(raw.replace(/=+$/, '').length * 3 / 4)
    const fits = size !== undefined && size <= fileRoom
    if (fits) fileRoom -= size
    else if (size !== undefined) isTruncated = true
    files.push({
      ...filename !== undefined && { name: cut(filename, 256) },
      ...mediaType !== undefined && { mediaType },
      ...url !== undefined && { url },
      ...size !== undefined && { size },
      ...fits && { bytes: raw }
    })
  }

  return {
    /** Of a message: its text, and its data as JSON. */
    words: (parts: readonly Part[]): string => parts.flatMap(({ text, data }) => {
      const words = text ?? (data === undefined ? undefined : JSON.stringify(data))
      return words === undefined ? [] : [take(words)]
    }).join('\n'),
    /** The parts of an artifact, or of a message. */
    add: (parts: readonly Part[]): void => {
      const text = parts.map(({ text = '' }) => text).join('')
      if (text !== '') texts.push(take(text))
      for (const part of parts) {
        if (part.data !== undefined) takeData(part.data)
        else if (part.text === undefined) takeFile(part)
      }
    },
    taken: () => ({ text: texts.join('\n'), data, files, isTruncated })
  }
}

/** Without bytes, a file takes room all the same. */
const maxFileCount = 100
