import type { Test } from 'tap'
import type { Report } from './exercise.ts'

/** What a client says of an error that it has no eyes for, by the call that the error answers. */
export type Unreadable = { get?: RegExp, subscribe?: RegExp }

const readable = /not found/i

/** All official clients must see the same, whichever version they speak. */
export function checkReport (t: Test, { errors = [], ...report }: Report, { lists, unreadable = {} }: { lists: boolean, unreadable?: Unreadable }): void {
  t.same(report, {
    discovery: ['Conformance agent'],
    task: ['completed: Generated text content'],
    message: ['Direct message response'],
    stream: ['submitted', 'working', 'Streamed text content', 'completed'],
    followUp: ['input-required', 'completed'],
    ...lists && { list: ['completed'] },
    cancel: ['submitted', 'working', 'canceled', 'canceled'],
    firstReader: ['token '.repeat(6), 'completed'],
    secondReader: ['working', 'token '.repeat(6), 'completed']
  })
  t.equal(errors.length, 2)
  const [ofGet = '', ofSubscribe = ''] = errors
  t.match(ofGet, unreadable.get ?? readable)
  t.match(ofSubscribe, unreadable.subscribe ?? readable)
}
