/** What the run has come to. */
export class Tally {
  /** Events that clients have seen, and answers that they have got. */
  acknowledged = 0
  /** Numbers that have arrived. */
  delivered = 0
  lost = 0
  doubled = 0
  /** Streams that were taken up where they had broken. */
  resumed = 0
  /** Calls that were made again, because nobody had answered. */
  repeated = 0
  takenOver = 0
  pushes = 0
  /** Pushes that came more than once: at least once is what is promised. */
  pushesRepeated = 0
  tasks = 0
  kills = 0
  rollingRestarts = 0
  storeRestarts = 0
  readonly failures: string[] = []

  /** Compares what has arrived with what should have. */
  check (what: string, actual: readonly string[], expected: readonly string[]): void {
    const counts = new Map<string, number>()
    for (const item of actual) counts.set(item, (counts.get(item) ?? 0) + 1)
    const lost = expected.filter(item => !counts.has(item)).length
    const doubled = actual.length - counts.size
    this.lost += lost
    this.doubled += doubled
    this.delivered += actual.length
    if (actual.join('\n') !== expected.join('\n')) this.fail(`${what}: ${lost} lost, ${doubled} doubled: ${actual.join(' ')}`)
  }

  fail (what: string): void {
    this.failures.push(what)
  }

  toString (): string {
    const { failures, ...counts } = this
    return [...Object.entries(counts).map(([name, count]) => `${name} ${count}`), `failures ${failures.length}`].join(', ')
  }
}
