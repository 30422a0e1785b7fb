import fc from 'fast-check'
import t from 'tap'
import type { Message, Part } from '../../schemas/v1/common.ts'
import { beginFold, fold, freeze, metaOf, resumeFold, type Folding } from '../../lib/task/fold.ts'
import type { TaskEvent } from '../../lib/task/log.ts'

const ids = { taskId: 'task', contextId: 'context' }
const begin = (): Folding => beginFold({ task: { id: 'task', contextId: 'context', status: { state: 'TASK_STATE_SUBMITTED' }, history: [message('first')] }, turnId: 'turn', skillId: 'skill', terms: { metadata: { n: 1 } } })

function message (text: string): Message {
  return { messageId: text, role: 'ROLE_USER', parts: [{ text }] }
}

const text = fc.string({ maxLength: 4 })
const struct = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.nat(), text, fc.constant({ deep: [1] })), { maxKeys: 2, noNullPrototype: true })
const plain = text.map((text): Part => ({ text }))
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 5, arbitrary: plain },
  text.map(text => ({ text, mediaType: 'text/markdown' })),
  text.map(text => ({ text, metadata: { x: 1 } })),
  text.map(text => ({ text, filename: 'f' })),
  fc.nat().map(data => ({ data: { data } })),
  fc.constant({ raw: 'AAEC' })
)
const chunk: fc.Arbitrary<TaskEvent> = fc.record({
  artifactId: fc.constantFrom('a', 'b', 'c', 'd'),
  parts: fc.array(part, { minLength: 1, maxLength: 4 }),
  append: fc.boolean(),
  more: fc.record({ name: text, metadata: struct, extensions: fc.subarray(['x', 'y', 'z']) }, { requiredKeys: [] })
}).map(({ artifactId, parts, append, more }) => ({ artifactUpdate: { ...ids, artifact: { artifactId, parts, ...more }, ...append && { append } } }))
const status: fc.Arbitrary<TaskEvent> = fc.record({
  state: fc.constantFrom('TASK_STATE_WORKING', 'TASK_STATE_INPUT_REQUIRED', 'TASK_STATE_AUTH_REQUIRED', 'TASK_STATE_COMPLETED'),
  message: fc.option(text.map(message), { nil: undefined })
}).map(({ state, message }) => ({ statusUpdate: { ...ids, status: { state, ...message !== undefined && { message }, timestamp: '2026-01-01T00:00:00.000Z' } } }))
const event: fc.Arbitrary<TaskEvent> = fc.oneof(
  { weight: 4, arbitrary: chunk },
  { weight: 2, arbitrary: status },
  struct.map(metadata => ({ metadata })),
  struct.map(memory => ({ memory })),
  text.map(turnId => ({ queued: { turnId, message: message(turnId), terms: { extensions: [turnId] } } })),
  text.map(turnId => ({ refused: { turnId, error: 'UnavailableError' as const, message: 'no room' } })),
  fc.record({ turnId: text, attempt: fc.nat() }).map(({ turnId, attempt }) => ({ turn: { turnId, attempt, crashes: 1 } })),
  fc.record({ turnId: text, hasMessage: fc.boolean() }).map(({ turnId, hasMessage }) => ({ turn: { turnId, ...hasMessage && { message: message(turnId) } } })),
  text.map(turnId => ({ turnEnded: { turnId } }))
)
const log = fc.array(event, { maxLength: 40 })

function all (state: Folding, events: readonly TaskEvent[], maxHistory?: number): Folding {
  for (const event of events) fold(state, event, maxHistory)
  return state
}

function essence (state: Folding) {
  return { task: freeze(state), meta: metaOf(state, 1, undefined) }
}

t.test('folding on from any snapshot is folding the whole log', async t => {
  fc.assert(fc.property(log, fc.nat(40), fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }), (events, cut, maxHistory) => {
    const whole = essence(all(begin(), events, maxHistory))
    const { task, meta } = essence(all(begin(), events.slice(0, cut), maxHistory))
    const stored = structuredClone(task)
    const resumed = essence(all(resumeFold(stored, deepFreeze(structuredClone(meta))), events.slice(cut), maxHistory))
    t.strictSame(resumed, whole)
    t.strictSame(stored, task, 'a snapshot is not changed by going on from it')
  }), { numRuns: 200 })
})

t.test('neither what was frozen nor an event is ever changed', async t => {
  fc.assert(fc.property(log, events => {
    const state = begin()
    const frozen: Array<{ task: unknown, copy: unknown }> = []
    for (const event of deepFreeze(events)) {
      fold(state, event)
      const task = deepFreeze(freeze(state)) // a change would throw
      frozen.push({ task, copy: structuredClone(task) })
    }
    for (const { task, copy } of frozen) t.strictSame(task, copy)
  }), { numRuns: 100 })
})

t.test('text', async t => {
  await t.test('of plain chunks is joined', async t => {
    fc.assert(fc.property(fc.array(fc.array(plain, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 20 }), chunks => {
      const state = all(begin(), chunks.map(parts => ({ artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts }, append: true } })))
      t.strictSame(freeze(state).artifacts, [{ artifactId: 'a', parts: [{ text: chunks.flat().map(({ text }) => text).join('') }] }])
    }))
  })
  await t.test('loses nothing, and joins nothing that differs', async t => {
    fc.assert(fc.property(fc.array(fc.array(part, { minLength: 1 }), { minLength: 1, maxLength: 10 }), chunks => {
      const state = all(begin(), chunks.map(parts => ({ artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts }, append: true } })))
      const parts = freeze(state).artifacts?.[0]?.parts ?? []
      // Taken apart into letters, both are the same.
      t.strictSame(parts.flatMap(letters), chunks.flat().flatMap(letters))
      for (const [i, part] of parts.entries()) t.notOk(isPlain(part) && isPlain(parts[i - 1]) && part.mediaType === parts[i - 1]?.mediaType)
    }))
  })
})

t.test('a question stays in the history when the status moves on, progress does not', async t => {
  const at = (state: 'TASK_STATE_WORKING' | 'TASK_STATE_INPUT_REQUIRED' | 'TASK_STATE_COMPLETED', text: string): TaskEvent =>
    ({ statusUpdate: { ...ids, status: { state, message: message(text) } } })
  const state = all(begin(), [at('TASK_STATE_WORKING', 'progress'), at('TASK_STATE_INPUT_REQUIRED', 'question'), { turn: { turnId: '2', message: message('answer') } }, at('TASK_STATE_COMPLETED', 'done')])
  const { history, status } = freeze(state)
  t.same(history?.map(({ messageId }) => messageId), ['first', 'question', 'answer'])
  t.equal(status.message?.messageId, 'done')
})

t.test('the cost of an event does not grow with the task', async t => {
  const kinds: Record<string, (n: number) => TaskEvent> = {
    'a chunk of the last artifact': n => ({ artifactUpdate: { ...ids, artifact: { artifactId: 'last', parts: [{ text: `${n}` }] }, append: true } }),
    'a chunk of the first artifact': n => ({ artifactUpdate: { ...ids, artifact: { artifactId: '0', parts: [{ data: n }] }, append: true } }),
    'a new artifact': n => ({ artifactUpdate: { ...ids, artifact: { artifactId: `new ${n}`, parts: [{ text: 'x' }] } } }),
    'an artifact again': n => ({ artifactUpdate: { ...ids, artifact: { artifactId: '1', parts: [{ text: `${n}` }] } } }),
    'a message': n => ({ queued: { turnId: `${n}`, message: message(`${n}`) } }),
    'a status': n => ({ statusUpdate: { ...ids, status: { state: 'TASK_STATE_WORKING', message: message(`${n}`) } } })
  }
  for (const [name, make] of Object.entries(kinds)) {
    const costs = [10, 10_000].map(size => {
      const state = begin()
      for (let i = 0; i < size; i++) {
        fold(state, { artifactUpdate: { ...ids, artifact: { artifactId: `${i}`, parts: [{ data: i }] } } })
        fold(state, { queued: { turnId: `${i}`, message: message(`${i}`) } })
        fold(state, { artifactUpdate: { ...ids, artifact: { artifactId: 'last', parts: [{ data: i }] }, append: true } })
      }
      const counter = { count: 0 }
      for (const artifact of state.task.artifacts) artifact.parts = counted(artifact.parts, counter)
      state.task.artifacts = counted(state.task.artifacts, counter)
      state.task.history = counted(state.task.history, counter)
      for (let n = 0; n < 5; n++) fold(state, make(n))
      return counter.count
    })
    t.equal(costs[1], costs[0], name)
  }
})

/** Counts what is done to a list. */
function counted<T extends object> (target: T, counter: { count: number }): T {
  return new Proxy(target, {
    get (target, key, receiver) {
      counter.count++
      return Reflect.get(target, key, receiver)
    },
    set (target, key, value, receiver) {
      counter.count++
      return Reflect.set(target, key, value, receiver)
    }
  })
}

function isPlain (part: Part | undefined): boolean {
  return part?.text !== undefined && part.metadata === undefined && part.filename === undefined
}

function letters (part: Part): Part[] {
  return isPlain(part) ? [...part.text ?? ''].map(text => ({ ...part, text })) : [part]
}

function deepFreeze<T> (value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}

t.test('turns that are not over', async t => {
  const created = { task: { id: 'task', contextId: 'context', status: { state: 'TASK_STATE_SUBMITTED' as const }, history: [message('one')] }, turnId: '1', terms: { metadata: { n: 1 } } }
  const open = (...events: TaskEvent[]) => {
    const { running, queued } = all(beginFold(created), events)
    return { running: running && [running.turnId, running.message.messageId, running.attempt, running.crashes, running.terms?.metadata?.n], queued: queued?.map(({ turnId }) => turnId) }
  }
  const queued = (turnId: string): TaskEvent => ({ queued: { turnId, message: message(turnId) } })

  t.same(open(), { running: ['1', 'one', 1, 0, 1], queued: undefined })
  t.same(open(queued('2'), queued('3')), { running: ['1', 'one', 1, 0, 1], queued: ['2', '3'] })
  t.same(open({ turn: { turnId: '1', attempt: 2, crashes: 1 } }), { running: ['1', 'one', 2, 1, 1], queued: undefined }, 'again: the message is the same')
  t.same(open(queued('2'), queued('3'), { turnEnded: { turnId: '1' } }), { running: undefined, queued: ['2', '3'] })
  t.same(open(queued('2'), queued('3'), { turnEnded: { turnId: '1' } }, { turn: { turnId: '2' } }), { running: ['2', '2', 1, 0, undefined], queued: ['3'] })
  t.same(open(queued('2'), { refused: { turnId: '2', error: 'UnavailableError', message: 'x' } }), { running: ['1', 'one', 1, 0, 1], queued: undefined })
  t.same(open({ turnEnded: { turnId: '1' } }, { turn: { turnId: '2', message: message('two') } }), { running: ['2', 'two', 1, 0, undefined], queued: undefined })
  t.same(open(queued('2'), { statusUpdate: { ...ids, status: { state: 'TASK_STATE_FAILED' } } }), { running: undefined, queued: undefined })
})
