import { isNumeric, type Field } from './fields.ts'

export type FieldProps = {
  readonly field: Field
  /** Of the element that an error is to be put right in. */
  readonly id: string
  readonly value: string | boolean
  readonly error: string | undefined
  readonly onChange: (value: string | boolean) => void
}

/** Few choices are seen at once; of more, a list opens. */
const visibleChoices = 6

export function FormField (props: FieldProps) {
  const { field } = props
  if (field.type === 'boolean') return <Check {...props} />
  if (field.enum === undefined) return <Entry {...props} />
  return field.enum.length <= visibleChoices ? <Choices {...props} choices={field.enum} /> : <List {...props} choices={field.enum} />
}

function Entry ({ field, id, value, error, onChange }: FieldProps) {
  return (
    <div class='field'>
      <label for={id}>{field.label}<Optional field={field} /></label>
      <Hint id={id} field={field} />
      <input
        id={id} name={field.name} {...inputOf(field)} {...described(field, id, error)}
        value={String(value)} onInput={event => onChange(event.currentTarget.value)}
      />
      <Problem id={id} error={error} />
    </div>
  )
}

function Choices ({ field, id, value, error, onChange, choices }: FieldProps & { choices: readonly string[] }) {
  return (
    <fieldset class='field' role='radiogroup' {...described(field, id, error)}>
      <legend>{field.label}<Optional field={field} /></legend>
      <Hint id={id} field={field} />
      <div class='choices'>
        {choices.map((choice, index) => (
          <label class='choice' key={choice}>
            <input
              id={index === 0 ? id : undefined} type='radio' name={`${id}-${field.name}`} value={choice}
              checked={choice === value} onChange={() => onChange(choice)}
            />
            {choice}
          </label>
        ))}
      </div>
      <Problem id={id} error={error} />
    </fieldset>
  )
}

function List ({ field, id, value, error, onChange, choices }: FieldProps & { choices: readonly string[] }) {
  return (
    <div class='field'>
      <label for={id}>{field.label}<Optional field={field} /></label>
      <Hint id={id} field={field} />
      <select id={id} name={field.name} value={String(value)} onChange={event => onChange(event.currentTarget.value)} {...described(field, id, error)}>
        <option value=''>Choose</option>
        {choices.map(choice => <option key={choice} value={choice}>{choice}</option>)}
      </select>
      <Problem id={id} error={error} />
    </div>
  )
}

function Check ({ field, id, value, onChange }: FieldProps) {
  return (
    <div class='field'>
      <label class='choice'>
        <input
          id={id} type='checkbox' name={field.name} checked={value === true} aria-describedby={field.description && `${id}-hint`}
          onChange={event => onChange(event.currentTarget.checked)}
        />
        {field.label}
      </label>
      <Hint id={id} field={field} />
    </div>
  )
}

function Optional ({ field }: { field: Field }) {
  return field.isRequired ? null : <span class='optional'> (optional)</span>
}

function Hint ({ id, field: { description } }: { id: string, field: Field }) {
  return description === undefined ? null : <p class='hint' id={`${id}-hint`}>{description}</p>
}

function Problem ({ id, error }: { id: string, error: string | undefined }) {
  return error === undefined ? null : <p class='problem' id={`${id}-problem`}>{error}</p>
}

function described ({ description, isRequired }: Field, id: string, error: string | undefined) {
  const ids = [description !== undefined && `${id}-hint`, error !== undefined && `${id}-problem`].filter(id => id !== false)
  return { 'aria-required': isRequired, 'aria-invalid': error !== undefined, 'aria-describedby': ids.length > 0 ? ids.join(' ') : undefined }
}

/** The keyboard of a phone goes by it; what is right is checked elsewhere. */
function inputOf (field: Field) {
  const { format, type, minimum: min, maximum: max, maxLength } = field
  if (isNumeric(field)) return { type: 'number', min, max, step: type === 'number' ? 'any' : 1 } as const
  return format === 'date' ? { type: 'date' } as const : { type: 'text', maxLength } as const
}
