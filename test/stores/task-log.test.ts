import fc from 'fast-check'
import t from 'tap'
import { TaskLog, unpackLog } from '../../lib/stores/memory/task-log.ts'
import { Entry, type TaskEvent } from '../../lib/task/log.ts'

const ids = { taskId: 'the "task"', contextId: 'context' }
const message = { messageId: 'm', role: 'ROLE_USER' as const, parts: [{ text: 'naïve “text” 🛫' }] }

const events: TaskEvent[] = [
  {
    created: {
      task: { id: ids.taskId, contextId: ids.contextId, status: { state: 'TASK_STATE_SUBMITTED', timestamp: '2026-01-01T00:00:00.000Z' }, history: [message] },
      turnId: 't',
      skillId: 's',
      maxHistory: 100
    }
  },
  { memory: { step: 1 } },
  { artifactUpdate: { ...ids, artifact: { artifactId: 'a', name: 'answer', parts: [{ text: 'one' }] } } },
  chunk('a', 'two'),
  chunk('a', 'three \ud800'),
  chunk('b', 'four'),
  chunk('a', ''),
  { artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [{ text: 'five', mediaType: 'text/html' }] }, append: true } },
  { artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [{ text: 'six' }], description: 'new' }, append: true } },
  { artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [{ text: 'seven' }] }, append: true, metadata: { at: 1 } } },
  { artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [{ text: 'eight' }, { text: 'nine' }] }, append: true } },
  chunk('a', 'ten'),
  { artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [{ text: '"\\\u0000\u2028' }] }, append: true, lastChunk: true } },
  { statusUpdate: { ...ids, status: { state: 'TASK_STATE_INPUT_REQUIRED', message } } },
  { turnEnded: { turnId: 't' } },
  { turn: { turnId: 'u', message } },
  { statusUpdate: { ...ids, status: { state: 'TASK_STATE_COMPLETED' } } }
]

function chunk (artifactId: string, text: string): TaskEvent {
  return { artifactUpdate: { ...ids, artifact: { artifactId, parts: [{ text }] }, append: true } }
}

function logOf (events: readonly TaskEvent[]): TaskLog {
  const log = new TaskLog()
  for (const event of events) log.append(event)
  return log
}

t.test('a log says what was said, whoever reads it from wherever', async t => {
  const expected = events.map((event, index) => ({ generation: index + 1, event, json: new Entry(index + 1, event).json }))
  const log = logOf(events)
  t.equal(log.generation, events.length)
  t.same(plain(log.after(0)), expected)
  for (const after of expected.keys()) t.same(plain(log.after(after)), expected.slice(after), `after ${after}`)
  t.same(log.after(events.length), [])
  t.same(plain(unpackLog(log.pack())), expected, 'after it was packed, too')
})

t.test('a long log is read in pieces, so that slow readers hold little', async t => {
  const long = [...events, ...Array.from({ length: 5000 }, (_, index) => index % 1000 === 999 ? { memory: { index } } : chunk('a', `${index} `))]
  const log = logOf(long)
  const read: Entry[] = []
  for (let piece = log.after(0); piece.length > 0; piece = log.after(read.length)) {
    t.ok(piece.length <= 1024)
    read.push(...piece)
  }
  t.same(read.map(({ event }) => event), long)
  t.same(read.map(({ generation }) => generation), long.map((_, index) => index + 1))
})

t.test('readers of one turn of the event loop share what they read; who reads later sees what has come', async t => {
  const log = logOf(events)
  t.equal(log.after(3), log.after(3))
  const before = log.after(events.length - 1)
  log.append(chunk('a', 'more'))
  t.equal(before.length, 1)
  t.match(plain(log.after(events.length)), [{ generation: events.length + 1, event: chunk('a', 'more') }])
})

t.test('chunks of text are kept as their texts', async t => {
  const { start, end } = logOf(Array.from({ length: 1000 }, (_, index) => chunk('a', `token ${index}`))).pack()
  t.ok(end - start < 20_000, `${end - start} bytes`)
})

t.test('logs of any length do not get into each other\'s way', async t => {
  const texts = [10, 60_000, 200, 300_000, 80_000, 10].map((length, index) => String(index).repeat(length) + 'ß')
  const packed = texts.map(text => logOf([{ memory: { text } }]).pack())
  for (const [index, text] of texts.entries()) t.same(packed[index] && unpackLog(packed[index])[0]?.event, { memory: { text } })
})

t.test('what is streamed of a chunk is what JSON.stringify makes of it', async () => {
  const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x1f, 0x20, 0x22, 0x5c, 0x7f, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0x2028))
  const text = fc.array(unit, { maxLength: 300 }).map(units => String.fromCharCode(...units))
  fc.assert(fc.property(fc.oneof(text, fc.string()), fc.option(fc.boolean(), { nil: undefined }), (text, lastChunk) => {
    const event: TaskEvent = { artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [{ text }] }, append: true, ...lastChunk !== undefined && { lastChunk } } }
    return new Entry(1, event).json === JSON.stringify(event)
  }), { numRuns: 2000 })
})

function plain (entries: readonly Entry[]) {
  return entries.map(({ generation, event, json }) => ({ generation, event, json }))
}
