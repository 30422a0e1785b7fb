/** Parts in both forms. What 0.3 has no place for travels in the part's metadata, so that nothing is lost. */
import type { DataPart, File, Part as V03Part, TextPart } from '../../../schemas/v0_3/common.ts'
import type { Part, Struct } from '../../../schemas/v1/common.ts'

/**
 * Metadata keys that we set on a 0.3 part, and take away again. They are reserved: a 1.0 part whose own
 * metadata has one of them is read back as if we had set it.
 */
export const reservedMetadata = {
  /** `true`: `data` is no object in 1.0, and stands wrapped as `{ value: data }`. The official SDKs use the same key. */
  wrappedData: 'data_part_compat',
  /** `filename` of a text or data part. */
  filename: 'a2a_v1_filename',
  /** `mediaType` of a text or data part. */
  mediaType: 'a2a_v1_media_type'
} as const

export function toV03Part (part: Part): V03Part {
  if (part.text !== undefined) return withMetadata({ kind: 'text', text: part.text }, markFile(part))
  if (part.raw !== undefined) return withMetadata({ kind: 'file', file: { bytes: part.raw, ...fileFields(part) } }, part.metadata)
  if (part.url !== undefined) return withMetadata({ kind: 'file', file: { uri: part.url, ...fileFields(part) } }, part.metadata)
  if (isStruct(part.data)) return withMetadata({ kind: 'data', data: part.data }, markFile(part))
  return withMetadata(
    { kind: 'data', data: { value: part.data } },
    { ...markFile(part), [reservedMetadata.wrappedData]: true }
  )
}

export function fromV03Part (part: V03Part): Part {
  if (part.kind === 'file') return withMetadata(fromFile(part.file), part.metadata)
  const { metadata } = part
  if (metadata === undefined) return part.kind === 'text' ? { text: part.text } : { data: part.data }
  return fromMarked(part, metadata)
}

function fromMarked (part: TextPart | DataPart, metadata: Struct): Part {
  const { [reservedMetadata.filename]: filename, [reservedMetadata.mediaType]: mediaType, ...rest } = metadata
  // A value that we would not have written is somebody else's, and stays where it is.
  if (filename !== undefined && typeof filename !== 'string') rest[reservedMetadata.filename] = filename
  if (mediaType !== undefined && typeof mediaType !== 'string') rest[reservedMetadata.mediaType] = mediaType
  const fields = {
    ...typeof filename === 'string' && { filename },
    ...typeof mediaType === 'string' && { mediaType }
  }
  const content = part.kind === 'text' ? { text: part.text } : { data: unwrap(part.data, rest) }
  // Metadata that was there before, even an empty object, is kept; ours alone leaves none.
  const empty = Object.keys(rest).length === 0 && Object.keys(metadata).length > 0
  return withMetadata({ ...content, ...fields }, empty ? undefined : rest)
}

/** Takes the mark out of `metadata` where it tells the truth. */
function unwrap (data: Struct, metadata: Struct): unknown {
  const wrapped = metadata[reservedMetadata.wrappedData] === true &&
    'value' in data && Object.keys(data).length === 1 && !isStruct(data.value)
  if (!wrapped) return data
  delete metadata[reservedMetadata.wrappedData]
  return data.value
}

function markFile ({ metadata, filename, mediaType }: Part): Struct | undefined {
  if (filename === undefined && mediaType === undefined) return metadata
  return {
    ...metadata,
    ...filename !== undefined && { [reservedMetadata.filename]: filename },
    ...mediaType !== undefined && { [reservedMetadata.mediaType]: mediaType }
  }
}

function fileFields ({ filename, mediaType }: Part): Pick<File, 'name' | 'mimeType'> {
  return { ...filename !== undefined && { name: filename }, ...mediaType !== undefined && { mimeType: mediaType } }
}

function fromFile ({ bytes, uri, name, mimeType }: File): Part {
  return {
    ...bytes !== undefined ? { raw: bytes } : { url: uri },
    ...name !== undefined && { filename: name },
    ...mimeType !== undefined && { mediaType: mimeType }
  }
}

function withMetadata<T extends object> (part: T, metadata: Struct | undefined): T & { metadata?: Struct } {
  return metadata === undefined ? part : { ...part, metadata }
}

function isStruct (value: unknown): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
