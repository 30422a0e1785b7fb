import type { Message } from '../../schemas/v1/common.ts'
import type { ResolvedCard } from '../agent/resolved-card.ts'
import { A2AError } from '../protocol/errors.ts'
import type { Call } from './call.ts'

/**
 * What the card marks as required, a client that sends a message must have declared: in `A2A-Extensions`,
 * or in the message (A2A 1.0 §3.3.4, §4.6.1).
 * @throws A2AError ExtensionSupportRequiredError
 */
export function requireExtensions (card: ResolvedCard, { extensions }: Call, message: Message): void {
  const missing = card.extensions
    .filter(({ uri, required = false }) => required && !extensions.includes(uri) && message.extensions?.includes(uri) !== true)
    .map(({ uri }) => uri)
  if (missing.length === 0) return
  const list = missing.join(', ')
  throw new A2AError('ExtensionSupportRequiredError', `This agent requires an extension that the request does not declare: send A2A-Extensions: ${list}`, { metadata: { extensions: list } })
}
