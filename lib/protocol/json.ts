import sjson from 'secure-json-parse'
import { A2AError } from './errors.ts'

/**
 * Parses a request body. What would poison a prototype, or nests so deep that later steps could
 * exhaust the stack, is refused.
 * @throws A2AError JSONParseError, InvalidRequestError
 */
export function parseJson (text: string, maxDepth: number): unknown {
  if (isDeeperThan(text, maxDepth)) throw new A2AError('InvalidRequestError', `The request nests deeper than ${maxDepth} levels`)
  try {
    return sjson.parse(text, undefined, { protoAction: 'error', constructorAction: 'error' })
  } catch (cause) {
    if (isJson(text)) throw new A2AError('InvalidRequestError', 'The request has a key that is not allowed: __proto__, or prototype in constructor', { cause })
    throw new A2AError('JSONParseError', undefined, { cause })
  }
}

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * A number in the outermost object, as it is written there: a parser rounds what a double can't hold.
 * @param text valid JSON
 */
export function numberText (text: string, name: string): string | undefined {
  const number = /\s*:\s*(-?\d[\d.eE+-]*)/y
  let found: string | undefined
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === quote) {
      const end = endOfString(text, i)
      number.lastIndex = end + 1
      // Of two members with one name, the last one counts.
      if (depth === 1 && JSON.parse(text.slice(i, end + 1)) === name) found = number.exec(text)?.[1] ?? found
      i = end
    } else if (char === 123 || char === 91) {
      depth++
    } else if (char === 125 || char === 93) {
      depth--
    }
  }
  return found
}

const quote = 34
const backslash = 92

/** Counts brackets outside strings; the text need not be JSON. */
function isDeeperThan (text: string, maxDepth: number): boolean {
  // Most texts have fewer brackets than they may have levels.
  if (countOf('{', text, maxDepth) + countOf('[', text, maxDepth) <= maxDepth) return false
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === quote) {
      i = endOfString(text, i)
      if (i === -1) return false
    } else if (char === 123 || char === 91) {
      if (++depth > maxDepth) return true
    } else if (char === 125 || char === 93) {
      depth--
    }
  }
  return false
}

/** How often the character is there, counted no further than `enough`. */
function countOf (char: string, text: string, enough: number): number {
  let count = 0
  for (let i = text.indexOf(char); i !== -1 && count <= enough; i = text.indexOf(char, i + 1)) count++
  return count
}

/** The index of the closing quote; -1 without one. Jumps: strings are most of a large body. */
function endOfString (text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped (text: string, index: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(index - 1 - backslashes) === backslash) backslashes++
  return backslashes % 2 === 1
}
