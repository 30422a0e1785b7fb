/** The four push-notification operations (A2A 1.0 §3.1.7 - §3.1.10), for an agent that does not push (§3.3.4). */
import { A2AError } from '../protocol/errors.ts'

/** @param _request valid, but not to be had here */
export function pushNotSupported (_request: unknown): never {
  throw new A2AError('PushNotificationNotSupportedError')
}
