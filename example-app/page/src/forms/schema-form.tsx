import { useId, useState } from 'preact/hooks'
import { FormField } from './field.tsx'
import { answerOf, fieldsOf, initialValues, type Answer, type ObjectSchema } from './fields.ts'

export type SchemaFormProps = {
  readonly schema: ObjectSchema
  readonly onAnswer: (data: Extract<Answer, { data: unknown }>['data']) => void
}

/** A form for an object of the schema. What is wrong is said at the field, which gets the focus. */
export function SchemaForm ({ schema, onAnswer }: SchemaFormProps) {
  const id = useId()
  const fields = fieldsOf(schema)
  const [values, setValues] = useState(() => initialValues(fields))
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map())
  const idOf = (name: string) => `${id}-${fields.findIndex(field => field.name === name)}`

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const answer = answerOf(fields, values)
    if ('data' in answer) return onAnswer(answer.data)
    setErrors(answer.errors)
    const [wrong = ''] = answer.errors.keys()
    document.getElementById(idOf(wrong))?.focus()
  }

  return (
    <form noValidate onSubmit={submit}>
      {fields.map(field => (
        <FormField
          key={field.name} id={idOf(field.name)} field={field} value={values[field.name] ?? ''} error={errors.get(field.name)}
          onChange={value => setValues({ ...values, [field.name]: value })}
        />
      ))}
      <button class='button' type='submit'>Send the answer</button>
    </form>
  )
}
