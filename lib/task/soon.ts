/** Work that can wait until this turn of the event loop is over. One immediate serves all of it. */
export class Errand {
  #work: (() => void) | undefined

  constructor (work: () => void) {
    this.#work = work
  }

  /** There is nothing to do any more, and nothing that it refers to is kept. */
  drop (): void {
    this.#work = undefined
  }

  run (): void {
    this.#work?.()
  }
}

let waiting: Errand[] = []

/** @param work must not throw */
export function soon (work: () => void): Errand {
  const errand = new Errand(work)
  if (waiting.push(errand) === 1) setImmediate(run)
  return errand
}

function run (): void {
  const due = waiting
  waiting = []
  for (const errand of due) errand.run()
}
