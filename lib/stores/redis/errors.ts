import { StoreUnavailableError } from '../../task/store-errors.ts'

/** What a server answers that will answer otherwise before long: it starts, fails over, or is out of room. */
const retryable = /^(LOADING|READONLY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY|OOM|MISCONF|NOREPLICAS|MOVED|ASK|UNBLOCKED)\b/
const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
/** What the client says when there is no connection. */
const lost = /connection is closed|connection is in subscriber mode|isn't writeable|command timed out|command aborted|failed to refresh slots cache|max retries per request|cluster isn't ready|all nodes|connect ETIMEDOUT/i

/** What the client throws, as the store's contract has it. */
export function toStoreError (error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  const isLost = retryable.test(error.message) || network.has(code) || lost.test(error.message) || /MaxRetries|ClusterAllFailed|AbortError/.test(error.name)
  return isLost ? new StoreUnavailableError(error) : error
}
