/** Errors that authors of agents meet. Their codes are stable; none of them goes on the wire as it is. */

export type MisuseCode =
  | 'A2A_ERR_OPTIONS'
  | 'A2A_ERR_CONFIG'
  | 'A2A_ERR_TRANSITION'
  | 'A2A_ERR_TURN_ENDED'
  | 'A2A_ERR_OUTPUT'
  | 'A2A_ERR_LIMIT'
  | 'A2A_ERR_TIMEOUT'
  | 'A2A_ERR_CANCELED'
  | 'A2A_ERR_SHUTDOWN'
  | 'A2A_ERR_LEASE_LOST'

/** The library was used wrongly, or a limit that it sets was reached. `message` says what to do. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError'
  readonly code: MisuseCode

  constructor (code: MisuseCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/**
 * Thrown by an executor, fails the task with this message. Any other error fails it with a generic
 * one, and goes to the log: its text may hold what the client must not see.
 */
export class AgentError extends Error {
  override readonly name = 'AgentError'
}
