/** What a store may answer beside results: see `TaskStore`. */

import { A2AError } from '../protocol/errors.ts'

/** The task has moved on, or the lease is somebody else's now: this writer must stop. */
export class StaleWriteError extends Error {
  override readonly name = 'StaleWriteError'
}

/** A cursor that this store did not give out. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError'
}

/** The store can't be reached; the same call may go through later. Clients are told just that, not the cause. */
export class StoreUnavailableError extends A2AError {
  constructor (cause?: unknown) {
    super('UnavailableError', 'The task store cannot be reached', { retryAfter: 1000, cause })
  }
}
