/** The string formats that the wire schemas name. Each check takes time linear in the length of its input. */

/** `Z` or a numeric offset: ProtoJSON writes the first and parsers accept both (A2A 1.0 §5.6.1). */
const timestampPattern =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** An ISO 8601 date and time that exists; google.protobuf.Timestamp begins with year 1. */
export function isTimestamp (text: string): boolean {
  const match = timestampPattern.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const leapDay = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0
  const days = daysInMonth[month - 1]
  return year >= 1 && days !== undefined && day >= 1 && day <= days + leapDay
}

const notBase64 = /[^A-Za-z0-9+/_-]/

/**
 * Standard or URL-safe alphabet, padded or not: ProtoJSON parsers accept all four.
 * Looks for a wrong character instead of matching the right ones, which would need a stack for long input.
 */
export function isBase64 (text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const length = text.length - padding
  if (length % 4 === 1) return false
  if (padding > 0 && text.length % 4 !== 0) return false
  return !notBase64.test(padding > 0 ? text.slice(0, length) : text)
}

/** Absolute, by the WHATWG URL standard. */
export function isAbsoluteUri (text: string): boolean {
  return URL.canParse(text)
}
