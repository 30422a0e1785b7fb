/**
 * What came together stays together until a reader takes it: passing events one by one through all that stands around a stream
 * costs more than reading them.
 * @param map adds what becomes of an item. What it throws is thrown after what came before
 * @param isOver whether the rest is of no interest
 */
export function * mapBatch<T, U> (items: readonly T[], map: (item: T, mapped: U[]) => void, isOver: () => boolean = () => false): Generator<U[]> {
  const mapped: U[] = []
  try {
    for (const item of items) {
      map(item, mapped)
      if (isOver()) break
    }
  } catch (error) {
    if (mapped.length > 0) yield mapped
    throw error
  }
  if (mapped.length > 0) yield mapped
}

/** As an async generator would pass them on, which waits three times for each. */
export class OneByOne<T> implements AsyncIterableIterator<T> {
  readonly #batches: AsyncIterator<readonly T[]>
  #items: Iterator<T> | undefined
  /** What was asked for last, while it is awaited: all is answered in its order. */
  #pending: Promise<unknown> | undefined

  constructor (batches: AsyncIterable<readonly T[]>) {
    this.#batches = batches[Symbol.asyncIterator]()
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  next (): Promise<IteratorResult<T>> {
    if (this.#pending === undefined) {
      const item = this.#items?.next()
      if (item?.done === false) return Promise.resolve(item)
    }
    return this.#inTurn(() => this.#take())
  }

  return (value?: unknown): Promise<IteratorResult<T>> {
    return this.#inTurn(async () => {
      this.#items = undefined
      await this.#batches.return?.()
      return { done: true, value }
    })
  }

  async #take (): Promise<IteratorResult<T>> {
    for (;;) {
      const item = this.#items?.next()
      if (item?.done === false) return item
      const { done, value } = await this.#batches.next()
      if (done === true) return { done, value: undefined }
      this.#items = value.values()
    }
  }

  #inTurn<R> (work: () => Promise<R>): Promise<R> {
    const result = this.#pending === undefined ? work() : this.#pending.then(work, work)
    const settled = () => { if (this.#pending === result) this.#pending = undefined }
    this.#pending = result
    result.then(settled, settled)
    return result
  }
}
