let last = 0
let written = { time: NaN, text: '' }

/** The time in ms. Never goes back within a process, so that tasks stay in the order of their updates. */
export function now (): number {
  last = Math.max(last, Date.now())
  return last
}

/** `now()` as the protocol writes it (A2A 1.0 §5.6.1). */
export function timestamp (): string {
  const time = now()
  if (time !== written.time) written = { time, text: new Date(time).toISOString() }
  return written.text
}
