import type { ToolProgress } from '../tools/types.ts'
import type { McpRequest } from './server.ts'

/** Characters of a message of progress. */
const maxMessage = 1_024
/** Characters of the end of an answer that grows. */
const maxTail = 200

/**
 * Tells the client how a call goes, where it has asked for that.
 * @param interval between two notifications about the text of the answer, in ms; what the agent says of its work is told always
 */
export function progressTeller ({ _meta, sendNotification }: Pick<McpRequest, '_meta' | 'sendNotification'>, interval: number): ((event: ToolProgress) => Promise<void>) | undefined {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return undefined
  let progress = 0
  let last = -Infinity
  return async ({ message, text }) => {
    if (message === undefined && (text === '' || Date.now() - last < interval)) return
    last = Date.now()
    const said = message?.slice(0, maxMessage) ?? text.slice(-maxTail)
    await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: ++progress, message: said } })
  }
}
