/** Errors of Ajv as sentences about a field of the request. */
import type { ErrorObject } from 'ajv'
import type { FieldViolation } from './errors.ts'

/**
 * @param schema the whole schema, in which `error.schemaPath` is looked up
 * @param value the whole value, in which `error.instancePath` is
 * @param root what the value itself is called
 */
export function describe (error: ErrorObject, schema: object, value: unknown, root: string): FieldViolation {
  const path = error.instancePath.split('/').slice(1).map(unescape)
  const { keyword, params } = error
  if (keyword === 'required') {
    return { field: fieldName([...path, String(params.missingProperty)], root), description: 'is required' }
  }
  if (keyword === 'discriminator') {
    return { field: fieldName([...path, String(params.tag)], root), description: expectedTag(error, schema) }
  }
  return { field: fieldName(path, root), description: expectation(error, schema, value) }
}

/** `message.parts[0].text`; keys that are no plain names stand in brackets. */
function fieldName (path: readonly string[], root: string): string {
  let name = ''
  for (const key of path) {
    if (/^\d+$/.test(key)) name += `[${key}]`
    else if (/^[\w$]+$/.test(key)) name += name === '' ? key : `.${key}`
    else name += `[${JSON.stringify(key)}]`
  }
  return name === '' ? root : name
}

function expectation (error: ErrorObject, schema: object, value: unknown): string {
  const { keyword, params } = error
  switch (keyword) {
    case 'type': return `must be ${[params.type].flat().map(type => typeNames[type] ?? type).join(' or ')}`
    case 'enum': return `must be one of ${params.allowedValues.join(', ')}`
    case 'const': return `must be ${JSON.stringify(params.allowedValue)}`
    case 'format': return formats[params.format] ?? `must match the format ${params.format}`
    case 'pattern': return `must match the pattern ${params.pattern}`
    case 'minLength': return params.limit === 1 ? 'must not be empty' : `must have at least ${count(params.limit, 'character')}`
    case 'maxLength': return `must have at most ${count(params.limit, 'character')}`
    case 'minItems': return `must have at least ${count(params.limit, 'item')}`
    case 'maxItems': return `must have at most ${count(params.limit, 'item')}`
    case 'minProperties': return `must have at least ${count(params.limit, 'property')}`
    case 'maxProperties': return `must have at most ${count(params.limit, 'property')}`
    case 'minimum': return `must be at least ${params.limit}`
    case 'maximum': return `must be at most ${params.limit}`
    case 'exclusiveMinimum': return `must be greater than ${params.limit}`
    case 'exclusiveMaximum': return `must be less than ${params.limit}`
    case 'multipleOf': return `must be a multiple of ${params.multipleOf}`
    case 'uniqueItems': return 'must not have the same item twice'
    case 'additionalProperties': return `must not have the property ${JSON.stringify(params.additionalProperty)}`
    case 'oneOf': return oneOf(error, schema, value)
    case 'anyOf': return 'must have one of the allowed forms'
    default: return error.message ?? `breaks the rule ${keyword}`
  }
}

const typeNames: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  null: 'null'
}

const formats: Record<string, string> = {
  timestamp: 'must be a timestamp such as 2026-01-31T12:00:00Z',
  base64: 'must be base64',
  'absolute-uri': 'must be an absolute URL'
}

function count (limit: number, unit: 'character' | 'item' | 'property'): string {
  if (limit === 1) return `1 ${unit}`
  return `${limit} ${unit === 'property' ? 'properties' : `${unit}s`}`
}

/** `oneOf: [{ required: ['text'] }, ...]` says that one property of a group must be there. */
function oneOf ({ schemaPath, instancePath }: ErrorObject, schema: object, value: unknown): string {
  const names = variants(lookUp(schema, schemaPath)).flatMap(variant => variant.required ?? [])
  if (names.length === 0) return 'must have exactly one of the allowed forms'
  // Ajv comes to this keyword before `type`, and `required` lets anything pass that is no object.
  return isObject(lookUp(value, instancePath)) ? `must have exactly one of ${names.join(', ')}` : 'must be an object'
}

function expectedTag ({ schemaPath, params }: ErrorObject, schema: object): string {
  if (params.tagValue === undefined) return 'is required'
  const union = lookUp(schema, schemaPath.replace(/\/discriminator$/, '/oneOf'))
  const tags = variants(union).map(variant => variant.properties?.[params.tag]?.const)
  return `must be one of ${tags.join(', ')}`
}

/** What we read of the variants of a `oneOf`. */
type Variant = { required?: string[], properties?: Record<string, { const?: unknown }> }

function variants (value: unknown): Variant[] {
  return Array.isArray(value) ? value : []
}

/** Follows a JSON pointer such as `#/properties/message/oneOf`; undefined where it leads nowhere. */
function lookUp (value: unknown, pointer: string): unknown {
  for (const key of pointer.split('/').slice(1).map(unescape)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

function isObject (value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON pointer escapes (RFC 6901 §3). */
function unescape (key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~')
}
