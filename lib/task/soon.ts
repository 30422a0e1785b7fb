/** Work that can wait until this turn of the event loop is over. One immediate serves all of it. */
let waiting: Array<() => void> = []

/** @param work must not throw */
export function soon (work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(run)
}

function run (): void {
  const due = waiting
  waiting = []
  for (const work of due) work()
}
