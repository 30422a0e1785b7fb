/** From what authors write to what the protocol holds. */
import { randomUUID } from 'node:crypto'
import type { Artifact, Message, Part, Struct } from '../../schemas/v1/common.ts'
import { MisuseError } from './errors.ts'
import type { ArtifactInput, ArtifactStreamInput, Content, MessageInput } from './executor.ts'

const contentKeys = ['text', 'raw', 'url', 'data'] as const
const contentFields = new Set<string>(contentKeys)
const artifactContents = [...contentKeys, 'parts'] as const
const partKeys = new Set<string>([...contentKeys, 'metadata', 'filename', 'mediaType'])

/** An object with exactly one content field and nothing that a part does not have. Of its own: a copy has nothing that is inherited. */
export function isPart (value: unknown): value is Part {
  if (!isObject(value)) return false
  let contents = 0
  for (const key of Object.keys(value)) {
    if (!partKeys.has(key)) return false
    if (value[key] !== undefined && contentFields.has(key)) contents++
  }
  return contents === 1
}

export function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws MisuseError when something is not a part */
export function toParts (content: Content, where: string): Part[] {
  return typeof content === 'string' ? [{ text: content }] : toPartsOf(content, where)
}

/** Apart: a function with a closure in it takes room for that at each call, and most content is a chunk of text. */
function toPartsOf (content: Exclude<Content, string>, where: string): Part[] {
  const items: readonly unknown[] = Array.isArray(content) ? content : [content]
  if (items.length === 0) throw new MisuseError('A2A_ERR_OUTPUT', `${where} must have at least one part`)
  return items.map((item, index) => toPart(item, `${where}.parts[${index}]`))
}

function toPart (value: unknown, where: string): Part {
  if (typeof value === 'string') return { text: value }
  if (!isPart(value)) {
    throw new MisuseError('A2A_ERR_OUTPUT', `${where} must be a part: an object with exactly one of text, raw, url and data, got ${describe(value)}`)
  }
  if (value.text !== undefined && typeof value.text !== 'string') throw wrongType(`${where}.text`, 'a string', value.text)
  if (value.url !== undefined && typeof value.url !== 'string') throw wrongType(`${where}.url`, 'a string', value.url)
  const part: Part = { ...value }
  const raw: unknown = value.raw // authors hand over bytes as well
  if (raw instanceof Uint8Array) part.raw = toBase64(raw)
  else if (raw !== undefined && typeof raw !== 'string') throw wrongType(`${where}.raw`, 'bytes or base64', raw)
  if (value.data !== undefined) part.data = copyJson(value.data, `${where}.data`)
  if (value.metadata !== undefined) part.metadata = copyStruct(value.metadata, `${where}.metadata`)
  return part
}

/**
 * What the log holds must not change when its author goes on working with an object, and must be JSON.
 * @throws MisuseError for what JSON can't hold
 */
function copyJson (value: unknown, where: string): unknown {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (cause) {
    throw new MisuseError('A2A_ERR_OUTPUT', `${where} must be JSON: ${cause instanceof Error ? cause.message.split('\n')[0] : 'it cannot be serialized'}`, { cause })
  }
  if (json === undefined) throw wrongType(where, 'JSON', value)
  return JSON.parse(json)
}

export function copyStruct (value: unknown, where: string): Struct {
  const copy = copyJson(value, where)
  if (!isObject(copy)) throw wrongType(where, 'an object', value)
  return copy
}

/** A message of the agent, with its ids filled in. */
export function toMessage (input: MessageInput, ids: { taskId?: string, contextId: string }): Message {
  const whole = isObject(input) && 'parts' in input ? input : undefined
  const content: Content = whole === undefined ? input as Content : whole.parts as readonly Part[] // by `whole`
  const message: Message = {
    messageId: typeof whole?.messageId === 'string' && whole.messageId !== '' ? whole.messageId : randomUUID(),
    ...ids,
    role: 'ROLE_AGENT',
    parts: toParts(content, 'message')
  }
  if (whole?.metadata !== undefined) message.metadata = copyStruct(whole.metadata, 'message.metadata')
  if (Array.isArray(whole?.extensions)) message.extensions = whole.extensions.map(String)
  if (Array.isArray(whole?.referenceTaskIds)) message.referenceTaskIds = whole.referenceTaskIds.map(String)
  return message
}

/** What an artifact is made of, where it is not given in parts: text, or a part. @throws MisuseError unless there is exactly one content */
function contentOf (input: ArtifactInput): string | Part | undefined {
  const { text, data, raw, url, parts, filename, mediaType } = input
  const given = Number(text !== undefined) + Number(data !== undefined) + Number(raw !== undefined) + Number(url !== undefined) + Number(parts !== undefined)
  if (given !== 1) {
    const names = artifactContents.filter(name => input[name] !== undefined)
    throw new MisuseError('A2A_ERR_OUTPUT', `artifact must have exactly one of text, data, raw, url and parts, got ${names.join(' and ') || 'none'}`)
  }
  if (parts !== undefined) return undefined
  if (typeof text === 'string' && filename === undefined && mediaType === undefined) return text
  const part: Part = {}
  if (text !== undefined) part.text = text
  else if (data !== undefined) part.data = data
  else if (raw !== undefined) part.raw = typeof raw === 'string' ? raw : toBase64(raw)
  else part.url = url
  if (filename !== undefined) part.filename = filename
  if (mediaType !== undefined) part.mediaType = mediaType
  return part
}

/** An artifact, with its id filled in. */
export function toArtifact (input: ArtifactInput): Artifact {
  const content = contentOf(input)
  const parts = input.parts === undefined ? [toPart(content, 'artifact')] : toParts(input.parts, 'artifact')
  return nameArtifact(input, input.artifactId ?? randomUUID(), parts)
}

/** What is written first to a streamed artifact. @throws MisuseError if it was given content of another kind as well */
export function beginArtifact (input: ArtifactStreamInput, artifactId: string, parts: Part[]): Artifact {
  const given = artifactContents.find(name => (input as ArtifactInput)[name] !== undefined) // JavaScript may hand over more
  if (given !== undefined) throw new MisuseError('A2A_ERR_OUTPUT', `artifact must have no ${given}: its content is what is written to the stream`)
  return nameArtifact(input, artifactId, parts)
}

function nameArtifact ({ name, description, metadata, extensions }: ArtifactStreamInput, artifactId: string, parts: Part[]): Artifact {
  const artifact: Artifact = { artifactId, parts }
  if (name !== undefined) artifact.name = name
  if (description !== undefined) artifact.description = description
  if (metadata !== undefined) artifact.metadata = copyStruct(metadata, 'artifact.metadata')
  if (extensions !== undefined) artifact.extensions = [...extensions]
  return artifact
}

/** What an executor's return value means: see `ExecutorResult`. */
export function readResult (value: unknown): { artifact: ArtifactInput } | { message: MessageInput } | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return { artifact: { text: value } }
  if (value instanceof Uint8Array) return { artifact: { raw: value } }
  if (isPart(value)) return { artifact: { parts: [value] } }
  if (Array.isArray(value) && value.length > 0 && value.every(isPart)) return { artifact: { parts: value } }
  if (isObject(value) && Array.isArray(value.parts) && value.parts.length > 0 && value.parts.every(isPart)) {
    return 'role' in value || 'messageId' in value
      ? { message: value as Extract<MessageInput, { parts: unknown }> } // toMessage checks the rest
      : { artifact: value as ArtifactInput } // toArtifact checks the rest
  }
  if (isObject(value) && isArtifactInput(value)) return { artifact: value }
  // As JSON, it would be an empty object.
  if (isObject(value) && Symbol.iterator in value) {
    throw new MisuseError('A2A_ERR_OUTPUT', 'an executor returned an iterable that is not JSON: a generator must be async (async function *), and a Map or Set be made an object or an array')
  }
  return { artifact: { data: value } }
}

/** `{ name: 'offers', data }` and the like: named as an artifact, with one content. */
function isArtifactInput (value: Record<string, unknown>): value is ArtifactInput {
  const known = ['text', 'data', 'raw', 'url', 'artifactId', 'name', 'description', 'filename', 'mediaType', 'metadata', 'extensions']
  return ('artifactId' in value || 'name' in value) &&
    contentKeys.filter(key => value[key] !== undefined).length === 1 &&
    Object.keys(value).every(key => known.includes(key))
}

/** The bytes that content takes, roughly: what limits count. */
export function sizeOfParts (parts: readonly Part[]): number {
  let size = 0
  for (const part of parts) {
    if (part.text !== undefined) size += Buffer.byteLength(part.text)
    else if (part.raw !== undefined) size += part.raw.length
    else if (part.url !== undefined) size += part.url.length
    else size += JSON.stringify(part.data)?.length ?? 0
  }
  return size
}

function toBase64 (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function wrongType (where: string, expected: string, got: unknown): MisuseError {
  return new MisuseError('A2A_ERR_OUTPUT', `${where} must be ${expected}, got ${describe(got)}`)
}

export function describe (value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return `an object with ${Object.keys(value).slice(0, 8).join(', ') || 'no fields'}`
  return typeof value === 'string' ? 'a string' : `${typeof value}`
}
