/** Which version of the protocol a request speaks (A2A 1.0 §3.6). */
import type { ProtocolVersion } from '../agent/options.ts'
import { A2AError } from './errors.ts'

/**
 * @param header value of `A2A-Version`; wins over the query
 * @param query the parsed query string of the request, or the value of its parameter `A2A-Version`
 * @param enabled the versions that are served, the preferred first
 * @throws {A2AError} VersionNotSupportedError, whose metadata lists what is supported
 */
export function negotiateVersion (
  header: string | undefined, query: unknown, enabled: readonly ProtocolVersion[]
): ProtocolVersion {
  // The hot path: a client that follows §3.6.1.
  if (header === '1.0' && enabled.includes('1.0')) return '1.0'

  const asked = header?.trim() || fromQuery(query)
  // §3.6.2: an empty value means 0.3, and so does a client of 0.3, which knows no such header.
  const version = asked === '' ? '0.3' : parseVersion(asked)
  if (version !== undefined && enabled.includes(version)) return version
  throw versionNotSupported(asked, enabled)
}

/** `1.0.1` is 1.0: patch numbers do not count (§3.6). Undefined for what is malformed or not known here. */
export function parseVersion (text: string): ProtocolVersion | undefined {
  const majorMinor = /^(\d{1,4}\.\d{1,4})(?:\.\d{1,9})?$/.exec(text)?.[1]
  return majorMinor === '1.0' || majorMinor === '0.3' ? majorMinor : undefined
}

/** A parameter that is there twice is a malformed one. */
function fromQuery (query: unknown): string {
  const value = typeof query === 'object' && query !== null && 'A2A-Version' in query ? query['A2A-Version'] : query
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value.trim() : ''
}

/** @param asked `''` for nothing */
export function versionNotSupported (asked: string, enabled: readonly ProtocolVersion[]): A2AError {
  const supported = enabled.join(', ')
  const message = asked === ''
    ? `The A2A-Version header is missing, which means 0.3, and this agent does not serve that: send A2A-Version: ${enabled[0]}`
    : `A2A-Version ${asked.slice(0, 32)} is not supported; supported: ${supported}`
  return new A2AError('VersionNotSupportedError', message, { metadata: { supported } })
}
