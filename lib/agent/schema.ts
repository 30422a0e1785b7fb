import { compileUserSchema, type UserSchema } from '../protocol/validate.ts'
import type { JsonSchema } from './options.ts'

/** A skill's JSON Schema, with the check that it stands for. */
export type CompiledSchema = UserSchema & { readonly schema: JsonSchema }

const compiled = new WeakMap<JsonSchema, CompiledSchema>()

/**
 * Compiles each schema object once: a card that is made anew at every use may share its schemas.
 * @throws {Error} when it is not a valid JSON Schema
 */
export function compileSchema (schema: JsonSchema): CompiledSchema {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const copy = snapshot(schema)
  const result = Object.freeze({ schema: copy, check: compileUserSchema(copy).check })
  compiled.set(schema, result)
  return result
}

/** A deeply frozen copy of JSON: nobody changes it afterwards. */
export function snapshot<T> (json: T): T {
  return deepFreeze(JSON.parse(JSON.stringify(json)))
}

function deepFreeze<T> (value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const child of Object.values(value)) deepFreeze(child)
  return Object.freeze(value)
}
