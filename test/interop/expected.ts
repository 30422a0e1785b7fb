import type { Test } from 'tap'
import type { Report } from './exercise.ts'

/**
 * All official clients must see the same, whichever version they speak.
 * @param options.unreadable what a client says of an error that it has no eyes for
 */
export function checkReport (t: Test, { errors = [], ...report }: Report, { lists, unreadable = /not found/i }: { lists: boolean, unreadable?: RegExp }): void {
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
  t.match(ofGet, /not found/i)
  t.match(ofSubscribe, unreadable)
}
