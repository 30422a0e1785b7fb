/** JSON Schema of flat objects, as far as a form can ask for it: what is typed becomes the data of an answer. */

export type FieldSchema = {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean'
  readonly title?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: string | number | boolean
}

export type ObjectSchema = { readonly required?: readonly string[], readonly properties: Readonly<Record<string, FieldSchema>> }

export type Field = FieldSchema & { readonly name: string, readonly label: string, readonly isRequired: boolean }

/** As it stands in the form, by the names of the fields: text, and whether a box is checked. */
export type Values = Readonly<Record<string, string | boolean>>

export type Answer =
  | { readonly data: Readonly<Record<string, string | number | boolean>> }
  /** By the names of the fields, in their order. */
  | { readonly errors: ReadonlyMap<string, string> }

export function fieldsOf ({ properties, required = [] }: ObjectSchema): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({ ...schema, name, label: schema.title ?? wordsOf(name), isRequired: required.includes(name) }))
}

export function initialValues (fields: readonly Field[]): Values {
  return Object.fromEntries(fields.map(({ name, type, default: value }) => [name, type === 'boolean' ? value === true : String(value ?? '')]))
}

export function answerOf (fields: readonly Field[], values: Values): Answer {
  const data: Record<string, string | number | boolean> = {}
  const errors = new Map<string, string>()
  for (const field of fields) {
    const value = values[field.name] ?? ''
    const error = errorOf(field, value)
    if (error !== undefined) errors.set(field.name, error)
    else if (typeof value === 'boolean') data[field.name] = value
    else if (value.trim() !== '') data[field.name] = isNumeric(field) ? Number(value) : value.trim()
  }
  return errors.size > 0 ? { errors } : { data }
}

export function isNumeric ({ type }: FieldSchema): boolean {
  return type === 'number' || type === 'integer'
}

/** What is wrong, as a sentence for people. */
function errorOf (field: Field, value: string | boolean): string | undefined {
  if (typeof value === 'boolean') return undefined
  const text = value.trim()
  if (text === '') return field.isRequired ? field.enum === undefined ? 'This is needed.' : 'Choose one of these.' : undefined
  return isNumeric(field) ? numberError(field, Number(text)) : textError(field, text)
}

function numberError ({ type, minimum = -Infinity, maximum = Infinity }: Field, value: number): string | undefined {
  if (!Number.isFinite(value)) return 'Enter a number.'
  if (type === 'integer' && !Number.isInteger(value)) return 'Enter a whole number.'
  if (value < minimum) return `Enter ${minimum} or more.`
  return value > maximum ? `Enter ${maximum} or less.` : undefined
}

function textError ({ format, minLength = 0, maxLength = Infinity }: Field, text: string): string | undefined {
  if (format === 'date' && !/^\d{4}-\d\d-\d\d$/.test(text)) return 'Enter a date.'
  if (text.length < minLength) return `Enter at least ${minLength} characters.`
  return text.length > maxLength ? `Enter at most ${maxLength} characters.` : undefined
}

/** `passportNumber`: Passport number */
function wordsOf (name: string): string {
  const words = name.replace(/[_-]+/g, ' ').replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
