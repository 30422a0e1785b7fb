/**
 * What came together stays together until a reader takes it: passing events one by one through all that stands around a stream
 * costs more than reading them.
 * @param map what becomes of an item. What it throws is thrown after what came before
 * @param isOver whether the rest is of no interest
 */
export function * mapBatch<T, U> (items: readonly T[], map: (item: T) => readonly U[], isOver: () => boolean = () => false): Generator<U[]> {
  const mapped: U[] = []
  try {
    for (const item of items) {
      mapped.push(...map(item))
      if (isOver()) break
    }
  } catch (error) {
    if (mapped.length > 0) yield mapped
    throw error
  }
  if (mapped.length > 0) yield mapped
}

export async function * oneByOne<T> (batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const items of batches) {
    for (const item of items) yield item
  }
}
