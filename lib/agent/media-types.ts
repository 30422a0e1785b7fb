/** Media types, as far as input and output modes need them (RFC 9110 §8.3.1): no parameters, no case. */
import type { Part } from '../../schemas/v1/common.ts'

/**
 * The media type that a part has, also where it does not say: text is plain, data is JSON.
 * Undefined for a file that does not say: nobody knows what it is.
 */
export function mediaTypeOf (part: Part): string | undefined {
  if (part.mediaType !== undefined && part.mediaType.trim() !== '') return part.mediaType
  if (part.text !== undefined) return 'text/plain'
  return part.data !== undefined ? 'application/json' : undefined
}

/** @param modes media types and ranges: `image/*`, or `*` over `*` for all */
export function isAccepted (mediaType: string, modes: readonly string[]): boolean {
  if (modes.includes(mediaType)) return true
  const type = essence(mediaType)
  return modes.some(mode => covers(essence(mode), type))
}

function covers (mode: string, type: string): boolean {
  if (mode === '*/*' || mode === type) return true
  return mode.endsWith('/*') && type.startsWith(mode.slice(0, -1))
}

function essence (mediaType: string): string {
  const end = mediaType.indexOf(';')
  return (end === -1 ? mediaType : mediaType.slice(0, end)).trim().toLowerCase()
}
