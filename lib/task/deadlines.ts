import { MisuseError } from '../agent/errors.ts'

export type RunningDeadlines = {
  /** Something has happened: the idle deadline starts anew. */
  touch (): void
  stop (): void
}

/** Watches the deadlines of a turn (ms; 0 for none). */
export function startDeadlines ({ timeout, idleTimeout }: { timeout: number, idleTimeout: number }, onPassed: (reason: MisuseError) => void): RunningDeadlines {
  const expire = (text: string) => onPassed(new MisuseError('A2A_ERR_TIMEOUT', text))
  const total = timeout > 0
    ? setTimeout(() => expire(`The agent did not finish within ${timeout} ms`), timeout)
    : undefined
  const idle = idleTimeout > 0
    ? setTimeout(() => expire(`The agent was silent for ${idleTimeout} ms`), idleTimeout)
    : undefined
  let stopped = false
  return {
    touch: () => { if (!stopped) idle?.refresh() }, // refresh would revive a cleared timer
    stop: () => {
      stopped = true
      clearTimeout(total)
      clearTimeout(idle)
    }
  }
}
