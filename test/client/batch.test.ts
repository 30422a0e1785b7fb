import { Readable } from 'node:stream'
import t from 'tap'
import { mapBatch, OneByOne } from '../../lib/client/stream/batch.ts'
import { gate } from '../helpers/wait.ts'

/** @param said in batches */
async function * batches<T> (...said: ReadonlyArray<readonly T[] | Error>): AsyncGenerator<readonly T[]> {
  for (const batch of said) {
    if (batch instanceof Error) throw batch
    yield batch
  }
}

t.test('items of all batches, the empty ones among them', async t => {
  t.same(await Readable.from(new OneByOne(batches<number>([1, 2], [], [3]))).toArray(), [1, 2, 3])
  t.same(await Readable.from(new OneByOne(batches<number>())).toArray(), [])
})

t.test('what is asked for at once comes in its order', async t => {
  const late = gate()
  const items = new OneByOne((async function * () { await late.opened; yield [1, 2]; yield [3] })())
  const asked = [items.next(), items.next(), items.next(), items.next(), items.next()]
  late.open()
  t.same(await Promise.all(asked), [1, 2, 3].map(value => ({ done: false, value })).concat(Array(2).fill({ done: true, value: undefined })))
})

t.test('an error comes after what was said before it, once', async t => {
  const items = new OneByOne(batches<number>([1, 2], new Error('broken'), [3]))
  const asked = [items.next(), items.next(), items.next(), items.next()]
  t.match(await Promise.allSettled(asked), [{ value: { value: 1 } }, { value: { value: 2 } }, { reason: { message: 'broken' } }, { value: { done: true } }])
})

t.test('who stops in a batch gets no more of it, and ends the source', async t => {
  let isEnded = false
  const items = new OneByOne((async function * () {
    try {
      yield [1, 2, 3]
      yield [4]
    } finally {
      isEnded = true
    }
  })())
  for await (const item of items) {
    if (item === 2) break
  }
  t.ok(isEnded)
  t.same(await items.next(), { done: true, value: undefined })
  t.same(await items.return('again'), { done: true, value: 'again' })
})

t.test('stopping waits for its turn', async t => {
  const items = new OneByOne(batches([1], [2]))
  t.same(await Promise.all([items.next(), items.next(), items.return(), items.next()]), [
    { done: false, value: 1 }, { done: false, value: 2 }, { done: true, value: undefined }, { done: true, value: undefined }
  ])
})

t.test('a batch is mapped up to where it ends, or breaks', async t => {
  const double = (item: number, mapped: number[]) => { mapped.push(item, item) }
  t.same([...mapBatch([1, 2], double)], [[1, 1, 2, 2]])
  t.same([...mapBatch([], double)], [])
  let isOver = false
  t.same([...mapBatch([1, 2, 3], (item, mapped: number[]) => { mapped.push(item); isOver = item === 2 }, () => isOver)], [[1, 2]])
  const mapped = mapBatch([1, 2], (item, mapped: number[]) => {
    if (item === 2) throw new Error('broken')
    mapped.push(item)
  })
  t.same(mapped.next(), { done: false, value: [1] })
  t.throws(() => mapped.next(), { message: 'broken' })
})
