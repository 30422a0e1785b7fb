/** What a store is given comes back: every kind of event, any text, any size; and what was given out never changes. */
import assert from 'node:assert/strict'
import type { TaskEvent } from '../../task/log.ts'
import { assertTask, entriesOf, mustGet, plain, readAll, readNow, rebuild } from '../reader.ts'
import type { Cases } from '../subject.ts'
import { chunkEvent, queuedEvent, statusEvent, Writer } from '../writer.ts'

const texts = [
  '', ' ', 'quote " backslash \\ slash /', 'tab\tnewline\r\nnull \u0000 escape \u001b', '\u2028\u2029',
  'Ümläute, ελληνικά, 漢字, עברית', 'e\u0301 is not \u00e9', '👩‍👩‍👧‍👦', 'half of a pair: \ud83d', '{"json": [1]}', "'; DROP TABLE tasks; --", '$1 %s {0}', '__proto__'
]

export const contentCases: Cases = {
  'content: every kind of event is kept, and folded': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { turnId: 'turn 1', skillId: 'flights' })
    const ids = { taskId: writer.taskId, contextId: writer.contextId }
    const first = await mustGet(replica, scope, writer.taskId)
    assert.deepEqual([first.meta.turnId, first.meta.turnEnded, first.meta.skillId], ['turn 1', false, 'flights'])

    const events: TaskEvent[] = [
      statusEvent(ids, 'TASK_STATE_WORKING', 'On it'),
      { artifactUpdate: { ...ids, artifact: { artifactId: 'a', name: 'Offers', parts: [{ data: [1, null, { x: 'y' }] }, { raw: 'AAEC', filename: 'f.bin', mediaType: 'image/png' }] }, metadata: { of: 'the event' } } },
      chunkEvent(ids, 'b', 'one '),
      chunkEvent(ids, 'b', 'two'),
      { artifactUpdate: { ...ids, artifact: { artifactId: 'b', parts: [{ text: '!' }], metadata: { end: true }, extensions: ['https://example.com/x'] }, append: true, lastChunk: true } },
      { metadata: { score: 0.5, nested: { list: [] } } },
      { memory: { cursor: 7 } },
      queuedEvent(ids, 'turn 2', 'And then?'),
      statusEvent(ids, 'TASK_STATE_INPUT_REQUIRED', 'Which one?'),
      { turnEnded: { turnId: 'turn 1' } }
    ]
    for (const event of events) await writer.append(event)
    const waiting = await mustGet(replica, scope, writer.taskId)
    assert.deepEqual([waiting.meta.turnId, waiting.meta.turnEnded, waiting.meta.skillId, waiting.meta.memory], ['turn 1', true, 'flights', { cursor: 7 }])

    await writer.append({ turn: { turnId: 'turn 2' } }, statusEvent(ids, 'TASK_STATE_WORKING'), { memory: { seen: ['x'] } }, { metadata: { score: 1 } })
    const { meta, task } = await mustGet(replica, scope, writer.taskId)
    assert.deepEqual([meta.generation, meta.turnId, meta.turnEnded, meta.memory], [15, 'turn 2', false, { cursor: 7, seen: ['x'] }])
    assert.deepEqual(task.metadata, { score: 1, nested: { list: [] } })
    assert.deepEqual(task.artifacts?.[1], { artifactId: 'b', parts: [{ text: 'one two!' }], metadata: { end: true }, extensions: ['https://example.com/x'] })
    assert.deepEqual(task.history?.map(({ parts }) => parts[0]?.text), ['Begin', 'And then?', 'Which one?'])

    const entries = entriesOf(await readNow(replica, scope, writer.taskId, { after: 1 }, 15))
    assert.deepEqual(entries.slice(0, events.length).map(({ event }) => event), events)
  },

  'content: the history keeps as many messages as the task says': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { maxHistory: 3 })
    for (let i = 1; i <= 5; i++) await writer.append(queuedEvent(writer, `turn ${i}`, `message ${i}`))
    const { task } = await mustGet(replica, scope, writer.taskId)
    assert.deepEqual(task.history?.map(({ parts }) => parts[0]?.text), ['message 3', 'message 4', 'message 5'])
  },

  'content: any text comes back as it was': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    for (const [i, text] of texts.entries()) await writer.append(chunkEvent(writer, `${i}`, text), { metadata: { [`key ${i} ${text}`]: text } })
    // Models that stream cut where they like, in the middle of a character too.
    await writer.append(chunkEvent(writer, 'emoji', 'a \ud83d'), chunkEvent(writer, 'emoji', '\ude80 b'))
    const snapshot = await mustGet(replica, scope, writer.taskId)
    assert.deepEqual(snapshot.task.artifacts?.map(({ parts }) => parts[0]?.text), [...texts, 'a 🚀 b'])
    for (const [i, text] of texts.entries()) assert.equal(snapshot.task.metadata?.[`key ${i} ${text}`], text)
    const batches = await readNow(replica, scope, writer.taskId, { after: 0 }, snapshot.generation)
    assertTask(snapshot, rebuild(batches))
  },

  'content: big tasks': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { maxHistory: 1000 })
    const paragraph = 'All work and no play makes Jack a dull boy. '.repeat(20)
    for (let i = 0; i < 40; i++) await writer.append(...Array.from({ length: 50 }, (_, j) => chunkEvent(writer, 'book', `${i}.${j} ${paragraph}`)))
    await writer.append({ artifactUpdate: { ...ids(writer), artifact: { artifactId: 'scan', parts: [{ raw: 'AAAA'.repeat(500_000) }] } } })
    await writer.append(...Array.from({ length: 300 }, (_, i) => queuedEvent(writer, `turn ${i}`, paragraph)))
    await writer.append(...Array.from({ length: 300 }, (_, i) => chunkEvent(writer, `leaf ${i}`, paragraph)))
    const snapshot = await mustGet(replica, scope, writer.taskId)
    assert.equal(snapshot.generation, 2602)
    assert.equal(snapshot.task.artifacts?.length, 302)
    assert.equal(snapshot.task.history?.length, 301)
    assertTask(snapshot, rebuild(await readNow(replica, scope, writer.taskId, { after: 0 }, 2602)))
    const middle = await readNow(replica, scope, writer.taskId, { after: 2001 }, 2602)
    assert.deepEqual(entriesOf(middle).map(({ generation }) => generation), Array.from({ length: 601 }, (_, i) => 2002 + i))
  },

  'content: what get and list have answered does not change any more': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { state: 'TASK_STATE_WORKING' })
    await writer.append(chunkEvent(writer, 'a', 'first'), { metadata: { n: 1 } })
    const got = await mustGet(store, scope, writer.taskId)
    const { items: [listed] } = await replica.list(scope, { limit: 1 })
    assert.ok(listed !== undefined)
    const before = structuredClone(got.task)
    assert.deepEqual(listed.task, before)

    await writer.append(
      chunkEvent(writer, 'a', ' second'),
      { artifactUpdate: { ...ids(writer), artifact: { artifactId: 'a', name: 'New', parts: [{ data: 1 }], metadata: { m: 1 } }, append: true } },
      chunkEvent(writer, 'b', 'other'),
      { metadata: { n: 2 } },
      queuedEvent(writer, 'turn', 'more'),
      statusEvent(writer, 'TASK_STATE_COMPLETED', 'done')
    )
    for (const snapshot of [got, listed]) {
      assertTask(snapshot, before)
      assert.equal(snapshot.generation, 4)
    }
  },

  'content: a finished task is what its log says': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { skillId: 's' })
    const reading = readAll(replica, scope, writer.taskId, { after: 0 })
    for (const [i, text] of texts.entries()) await writer.append(statusEvent(writer, 'TASK_STATE_WORKING', text), chunkEvent(writer, `${i % 3}`, text))
    await writer.finish()
    const batches = await reading
    const snapshot = await mustGet(replica, scope, writer.taskId)
    assertTask(snapshot, rebuild(batches))
    assert.deepEqual([snapshot.generation, snapshot.meta.skillId], [2 * texts.length + 2, 's'])
    for (const { event, json } of plain(entriesOf(batches))) if ('artifactUpdate' in event) assert.equal(json, JSON.stringify(event))
  }
}

function ids ({ taskId, contextId }: Writer) {
  return { taskId, contextId }
}
