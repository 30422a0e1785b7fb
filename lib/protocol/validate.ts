/** Checks of what comes from outside, compiled once, when they are first used. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Static, TSchema } from 'typebox'
import { invalidParams, type FieldViolation } from './errors.ts'
import { isAbsoluteUri, isBase64, isTimestamp } from './formats.ts'
import { normalizer } from './normalize.ts'
import { countOneOfs } from './one-of.ts'
import { describe } from './violations.ts'

/** Our own, because Fastify's default one coerces types and drops what it does not know. */
const ajv = countOneOfs(new Ajv({
  strict: true,
  // `oneOf: [{ required: ['text'] }, ...]` names properties that its parent defines.
  strictRequired: false,
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  allErrors: false,
  discriminator: true,
  formats: { timestamp: isTimestamp, base64: isBase64, 'absolute-uri': isAbsoluteUri }
}))

/** @throws {A2AError} InvalidParamsError that names the field and says what is expected there */
export type Validator<T> = (value: unknown) => T

/**
 * Makes a function of a schema of `schemas/` that returns its argument when it is valid. The schema is compiled at the first call:
 * few processes need all of them, and together they would take half a second of each start.
 *
 * The argument is first brought to its canonical form (snake_case names, null, `''` and
 * `TASK_STATE_UNSPECIFIED` where they stand for "not set"), in place: it must come fresh from a JSON
 * parser and have no other owner. Unknown fields stay (A2A 1.0 §5.7).
 *
 * @param root what errors call the value itself
 * @example
 * const checkSend = compile(SendMessageRequest)
 * const request = checkSend(body.params)
 */
export function compile<S extends TSchema> (schema: S, root?: string): Validator<Static<S>>
export function compile<T> (schema: TSchema, root?: string): Validator<T>
export function compile (schema: TSchema, root = 'params'): Validator<unknown> {
  const normalize = normalizer(schema)
  let validate: ValidateFunction | undefined
  return value => {
    normalize?.(value)
    validate ??= ajv.compile(schema)
    if (validate(value)) return value
    throw invalidParams(...firstViolation(validate.errors, schema, value, root))
  }
}

/** A JSON Schema that a user of the library wrote, for example a skill's `inputSchema`. */
export type UserSchema = {
  /** What is wrong with the value, the first problem only; nothing when it is valid. Never changes the value. */
  check (value: unknown): FieldViolation[]
}

/**
 * Compiles a JSON Schema of draft 2020-12, or of draft 7 where `$schema` says so. `format` is an annotation in that draft (§7.2.1) and is not
 * checked; keywords that are not known are ignored.
 *
 * @throws {Error} when it is not a valid schema
 */
export function compileUserSchema (schema: Record<string, unknown>): UserSchema {
  const validate = compileUntrusted(schema)
  return {
    check: value => validate(value) ? [] : firstViolation(validate.errors, schema, value, '')
  }
}

function compileUntrusted (schema: Record<string, unknown>) {
  try {
    // One for each schema: two skills may use the same $id.
    const Draft = typeof schema.$schema === 'string' && schema.$schema.includes('draft-07') ? Ajv : Ajv2020
    return new Draft({ strict: false, validateFormats: false, logger: false }).compile(schema)
  } catch (cause) {
    throw new Error(`Not a valid JSON Schema: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** Ajv stops at the first error; where a union failed, the last entry is about the union as a whole. */
function firstViolation (
  errors: ErrorObject[] | null | undefined, schema: object, value: unknown, root: string
): FieldViolation[] {
  const error = errors?.at(-1)
  return error === undefined ? [] : [describe(error, schema, value, root)]
}
