/** The place of a member in the order, in one list or in several; empty once the member has moved on. */
export type Slot<T> = { item: T | undefined, readonly sequence: number, readonly time: number }

/**
 * Members in the order of their last update. Adding, moving, dropping and finding where a page starts
 * do not get slower with the number of members.
 */
export class Recency<T> {
  /** By sequence, and so by time. */
  #slots: Array<Slot<T>> = []
  #size = 0

  get size (): number {
    return this.#size
  }

  /** @param slot its sequence is greater than any before, its time not smaller than the last */
  push (slot: Slot<T>): void {
    this.#slots.push(slot)
    this.#size++
  }

  /** A slot of this list has been emptied. */
  emptied (): void {
    this.#size--
    if (this.#slots.length > 2 * this.#size + 64) this.#slots = this.#slots.filter(({ item }) => item !== undefined)
  }

  /** Newest first, older than `sequence`, not older than `since`. */
  * newestFirst (sequence: number, since: number): Generator<T> {
    for (let i = this.#countWhile(slot => slot.sequence < sequence) - 1; i >= 0; i--) {
      const slot = this.#slots[i]
      if (slot === undefined || slot.time < since) return
      if (slot.item !== undefined) yield slot.item
    }
  }

  /** How many are not older than `since`. */
  countSince (since: number): number {
    if (since === -Infinity) return this.#size
    let count = 0
    for (let i = this.#countWhile(slot => slot.time < since); i < this.#slots.length; i++) {
      if (this.#slots[i]?.item !== undefined) count++
    }
    return count
  }

  /** The number of slots at the front for which `test` holds, by bisection. */
  #countWhile (test: (slot: Slot<T>) => boolean): number {
    let low = 0
    let high = this.#slots.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const slot = this.#slots[middle]
      if (slot !== undefined && test(slot)) low = middle + 1
      else high = middle
    }
    return low
  }
}
