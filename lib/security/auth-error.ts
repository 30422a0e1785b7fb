/** What is wrong with credentials that were shown, by its name in RFC 6750 §3.1. */
export type AuthErrorCode = 'invalid_request' | 'invalid_token'

/** Credentials that were shown, and are wrong. Its message goes on the wire and to the log: it must not repeat them. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: AuthErrorCode

  constructor (message: string, code: AuthErrorCode = 'invalid_token') {
    super(message)
    this.code = code
  }
}

/** Credentials that can't be read. */
export function malformed (message: string): AuthError {
  return new AuthError(message, 'invalid_request')
}
