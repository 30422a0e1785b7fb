/** Errors of Ajv as problems of options. */
import type { AnySchemaObject, ErrorObject } from 'ajv'
import { CardOptionsSchema } from '../../../schemas/options.ts'
import { formatPath, nearest, type Path, type Problem } from './problem.ts'

/** @param value what was validated: it tells indexes from keys */
export function explain (errors: readonly ErrorObject[], value: unknown): Problem[] {
  const problems = withoutUnionNoise(errors).map(error => toProblem(error, value))
  const seen = new Set<string>()
  return problems.filter(({ path, text }) => {
    const line = `${formatPath(path)} ${text}`
    return !seen.has(line) && seen.add(line)
  })
}

/**
 * A union that fails reports every branch. Where the value has the form of one branch, only what is wrong
 * in there is of interest; else the union as a whole is.
 */
function withoutUnionNoise (errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = [...errors]
  for (const union of errors.filter(error => error.keyword === 'anyOf')) {
    const inside = kept.filter(error => error.schemaPath.startsWith(`${union.schemaPath}/`))
    const deeper = inside.filter(error => error.instancePath !== union.instancePath || objectKeywords.includes(error.keyword))
    const dropped = new Set(deeper.length > 0 ? [union, ...inside.filter(error => !deeper.includes(error))] : inside)
    kept = kept.filter(error => !dropped.has(error))
  }
  return kept
}

/** They only fail on a value that is an object. */
const objectKeywords = ['required', 'additionalProperties']

function toProblem (error: ErrorObject, value: unknown): Problem {
  const path = pathOf(error.instancePath, value)
  switch (error.keyword) {
    case 'required': return { path: [...path, String(error.params.missingProperty)], text: 'is missing' }
    case 'additionalProperties': return unknownName([...path, String(error.params.additionalProperty)], error)
    case 'discriminator': return { path: [...path, String(error.params.tag)], text: expectedTag(error) }
    default: return { path, text: expectation(error) }
  }
}

/** Only a JSON pointer is known, in which an index looks like a key. */
function pathOf (pointer: string, value: unknown): Path {
  const path: Array<string | number> = []
  let parent = value
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(parent) ? Number(key) : key)
    parent = typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined
  }
  return path
}

function unknownName (path: Path, { params, parentSchema }: ErrorObject): Problem {
  const name = String(params.additionalProperty)
  const where = derived.get(formatPath(path).replace(/^(card|extendedCard)\./, ''))
  if (where !== undefined) return { path, text: `is derived: ${where}` }
  // At the top, fields of the card are the most likely ones to be out of place.
  const misplaced = path.length === 1 && Object.hasOwn(CardOptionsSchema.properties, name)
  const meant = misplaced ? `card.${name}` : nearest(name, Object.keys(parentSchema?.properties ?? {}))
  return { path, text: `is not an option${meant === undefined ? '' : `; did you mean ${meant}?`}` }
}

/** Fields of the protocol's card that people carry over from other SDKs. */
const derived = new Map([
  ['url', 'set publicUrl, or leave it out'],
  ['supportedInterfaces', 'set publicUrl and versions, or leave it out'],
  ['additionalInterfaces', 'set publicUrl and versions, or leave it out'],
  ['preferredTransport', 'leave it out'],
  ['protocolVersion', 'set versions, or leave it out'],
  ['protocolVersions', 'set versions, or leave it out'],
  ['capabilities', 'set capabilities beside the card, or leave it out'],
  ['supportsAuthenticatedExtendedCard', 'set extendedCard, or leave it out']
])

function expectation ({ keyword, params, parentSchema, message, data }: ErrorObject): string {
  if (keyword === 'uniqueItems') return `must not hold ${JSON.stringify(Array.isArray(data) ? data[params.i] : data)} twice`
  if (keyword === 'minItems') return 'must not be empty'
  const expected = expects(parentSchema)
  return expected === undefined ? message ?? 'is not valid' : `must be ${expected}`
}

/** Not what was given: in its place there may stand a secret. */
function expectedTag ({ params, parentSchema }: ErrorObject): string {
  if (params.tagValue === undefined) return 'is missing'
  const variants: AnySchemaObject[] = parentSchema?.oneOf ?? []
  return `must be one of ${variants.map(({ properties }) => properties?.[params.tag]?.const).join(', ')}`
}

function expects (schema: AnySchemaObject | undefined): string | undefined {
  if (schema === undefined) return undefined
  if (schema.expects !== undefined) return schema.expects
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(expects).join(' or ')
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.join(', ')}`
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  return schema.type === 'array' || schema.type === 'object' ? `an ${schema.type}` : `a ${schema.type}`
}
