import { useEffect, useRef } from 'preact/hooks'
import type { Part } from '../../../../schemas/v1/common.ts'
import { SchemaForm } from '../forms/schema-form.tsx'
import type { ObjectSchema } from '../forms/fields.ts'
import { nameOf } from './format.ts'
import type { AgentNow, Question } from '../trip/trip.ts'

/** A question without a form is answered in words. */
const inWords: ObjectSchema = { required: ['answer'], properties: { answer: { type: 'string', title: 'Your answer' } } }

export type QuestionProps = {
  readonly question: Question
  readonly agents: readonly AgentNow[]
  readonly onAnswer: (part: Part) => void
}

export function QuestionView ({ question: { text, form }, agents, onAnswer }: QuestionProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  // Nothing goes on without an answer: whoever can't see the question is taken to it.
  useEffect(() => heading.current?.focus(), [])
  return (
    <section class='question' aria-labelledby='question-title'>
      <p class='eyebrow'>{nameOf(form?.agent ?? 'coordinator', agents)} asks</p>
      <h2 id='question-title' tabIndex={-1} ref={heading}>{form?.title ?? 'One question'}</h2>
      {text !== '' && text !== form?.title && <p class='lead'>{text}</p>}
      {form === undefined
        ? <SchemaForm schema={inWords} onAnswer={({ answer }) => onAnswer({ text: String(answer) })} />
        : <SchemaForm schema={form.schema} onAnswer={data => onAnswer({ data })} />}
    </section>
  )
}
