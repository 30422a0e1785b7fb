/** Who can be a member; the place is the crowd's business. */
export interface Member {
  place: number
}

/**
 * Those who are at work just now, in no order. An array, and no Set or Map: a table of V8 (11 to 13) that has become too small or too large
 * refers to the one that takes its place, and once it is old, that keeps alive the whole line of them, and all their members, until
 * the whole heap is collected. Members that come and go with each request make such a line.
 */
export class Members<T extends Member> implements Iterable<T> {
  #members: T[] = []

  get size (): number {
    return this.#members.length
  }

  add (member: T): void {
    member.place = this.#members.push(member) - 1
  }

  /** @returns whether it was one */
  delete (member: T): boolean {
    const { place } = member
    if (this.#members[place] !== member) return false
    const last = this.#members.pop()
    if (last !== undefined && last !== member) {
      this.#members[place] = last
      last.place = place
    }
    return true
  }

  /** Takes all of them out. */
  takeAll (): readonly T[] {
    const members = this.#members
    this.#members = []
    return members
  }

  /** Those who are there now, whoever comes or goes meanwhile. */
  [Symbol.iterator] (): IterableIterator<T> {
    return this.#members.slice().values()
  }
}
