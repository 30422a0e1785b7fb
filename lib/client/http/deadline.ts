import { ClientError } from '../errors.ts'

/** A signal that fires when its time is over, or its parent does. */
export type Deadline = {
  /** The time that it began with, in ms; 0 for no limit. */
  readonly ms: number
  readonly signal: AbortSignal
  /** From now on, another time counts. 0 for none. */
  set (ms: number, what: string): void
  /** Begins the same time again. */
  touch (): void
  clear (): void
}

/** @param ms 0 for no limit. @param what of which the time is */
export function startDeadline (ms: number, what: string, parent?: AbortSignal): Deadline {
  const controller = new AbortController()
  const onAbort = () => controller.abort(parent?.reason)
  let timer: NodeJS.Timeout | undefined
  if (parent?.aborted === true) onAbort()
  else parent?.addEventListener('abort', onAbort, { once: true })

  const set = (ms: number, what: string) => {
    clearTimeout(timer)
    if (ms > 0) timer = setTimeout(() => controller.abort(new ClientError('A2A_ERR_TIMEOUT', `${what} took longer than ${ms} ms`)), ms)
  }
  set(ms, what)
  return {
    ms,
    signal: controller.signal,
    set,
    touch: () => timer?.refresh(),
    clear: () => {
      clearTimeout(timer)
      parent?.removeEventListener('abort', onAbort)
    }
  }
}
