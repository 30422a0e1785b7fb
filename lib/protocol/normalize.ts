/**
 * What a ProtoJSON parser forgives, undone before validation (A2A 1.0 §5.5; protobuf's JSON mapping):
 * snake_case names become camelCase, and values that stand for "not set" are taken out.
 *
 * A schema is read once into a plan; a request then costs one Map lookup for each key of the objects that
 * the schema describes. Values without a described shape (`metadata`, `data`, `params`) are never entered:
 * what is in them belongs to the user.
 */

type Json = Record<string, unknown>

type Field = {
  readonly name: string
  /** Whether null means "not set". */
  readonly nullable: boolean
  /** The value that means "not set": `''` for strings, the zero value of an enum. */
  readonly unset: string | undefined
  readonly plan: Plan | undefined
}

/** Fields by both of their names, of an object with known keys; or the plan of all elements or values. */
type Plan = { readonly fields: ReadonlyMap<string, Field> } | { readonly items: Plan } | { readonly values: Plan }

/** @returns changes a value in place; undefined when there is nothing that it could ever change */
export function normalizer (schema: object): ((value: unknown) => void) | undefined {
  const plan = planOf(schema)
  return plan === undefined ? undefined : value => normalize(value, plan)
}

function normalize (value: unknown, plan: Plan): void {
  if (typeof value !== 'object' || value === null) return
  if ('fields' in plan) {
    // A request is fresh from a JSON parser: a plain object with no other owner.
    if (!Array.isArray(value)) normalizeFields(value as Json, plan.fields)
  } else if ('items' in plan) {
    if (Array.isArray(value)) for (const item of value) normalize(item, plan.items)
  } else {
    for (const item of Object.values(value)) normalize(item, plan.values)
  }
}

/** Writes known names only, so that a key like `__proto__` stays an unknown key. */
function normalizeFields (object: Json, fields: ReadonlyMap<string, Field>): void {
  for (const key in object) {
    const field = fields.get(key)
    if (field === undefined) continue
    const value = object[key]
    if (key !== field.name) {
      delete object[key]
      // Where both names are there, camelCase wins, unless it says "not set".
      if (value === null || (Object.hasOwn(object, field.name) && object[field.name] !== null)) continue
      object[field.name] = value
    }
    if (value === null ? field.nullable : value === field.unset) delete object[field.name]
    else if (field.plan !== undefined) normalize(value, field.plan)
  }
}

function planOf (schema: object): Plan | undefined {
  const { type, items, patternProperties, additionalProperties } = schema as JsonSchema
  if (type === 'array') {
    const plan = items === undefined ? undefined : planOf(items)
    return plan && { items: plan }
  }
  const fields = fieldsOf(schema)
  if (fields.size > 0) return { fields }
  const values = Object.values(patternProperties ?? {})[0] ?? additionalProperties
  const plan = typeof values === 'object' ? planOf(values) : undefined
  return plan && { values: plan }
}

/** The fields of an object, or of all variants of a union: a name means the same in each of them. */
function fieldsOf (schema: object): Map<string, Field> {
  const { properties = {}, required = [], oneOf = [] } = schema as JsonSchema
  const fields = new Map<string, Field>()
  for (const variant of oneOf) {
    for (const [name, field] of fieldsOf(variant)) fields.set(name, field)
  }
  // `oneOf: [{ required: ['text'] }, ...]` is a oneof of the proto: there, an empty string is a value.
  const members = oneOf.flatMap(variant => variant.required ?? [])
  for (const [name, property] of Object.entries(properties)) {
    const optional = !required.includes(name)
    const field = {
      name,
      nullable: optional && Object.keys(property).length > 0,
      unset: optional && !members.includes(name) ? unsetOf(property) : undefined,
      plan: planOf(property)
    }
    fields.set(name, field)
    fields.set(snakeCase(name), field)
  }
  return fields
}

/** proto3 strings and enums have no presence: their default value and no value are the same. */
function unsetOf ({ type, format, enum: values }: JsonSchema): string | undefined {
  if (values?.includes('TASK_STATE_SUBMITTED') === true) return 'TASK_STATE_UNSPECIFIED'
  // A Timestamp is a string in JSON alone.
  return type === 'string' && format !== 'timestamp' ? '' : undefined
}

/** A field's name in the proto. */
export function snakeCase (name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** What we read of a schema. */
type JsonSchema = {
  type?: string
  format?: string
  enum?: readonly unknown[]
  required?: readonly string[]
  properties?: Record<string, object>
  patternProperties?: Record<string, object>
  additionalProperties?: boolean | object
  items?: object
  oneOf?: readonly JsonSchema[]
}
