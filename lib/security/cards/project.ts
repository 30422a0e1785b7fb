import type { Fields, Shape } from './shapes.ts'

/** JSON, of which nothing is known yet. */
export type Json = Record<string, unknown>

/**
 * The known fields of an object, each by its presence: what is not set is left out, what is required is there.
 * Unknown fields are left out too, as a parser of protobuf drops them.
 */
export function project (fields: Fields, object: Json): Json {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, shape]) => {
    const value = valueOf(shape, object[name])
    return value === undefined ? [] : [[name, value]]
  }))
}

/** Undefined for what is left out. What is not of its shape stays: no signature holds for it. */
function valueOf (shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return shape.presence === 'required' ? emptyOf(shape) : undefined
  const formed = inForm(shape, value)
  return shape.presence === 'implicit' && isDefault(shape, formed) ? undefined : formed
}

function inForm (shape: Shape, value: unknown): unknown {
  if (shape.kind === 'list') return Array.isArray(value) ? value.map(item => inForm(shape.of, item)) : value
  if (shape.kind === 'map') return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inForm(shape.of, item)])) : value
  if (shape.kind === 'message') return isObject(value) ? project(shape.fields, value) : value
  return value
}

function emptyOf (shape: Shape): unknown {
  if (shape.kind === 'value') return shape.fallback
  return shape.kind === 'list' ? [] : {}
}

function isDefault (shape: Shape, value: unknown): boolean {
  if (shape.kind === 'value') return value === shape.fallback
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

export function isObject (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
