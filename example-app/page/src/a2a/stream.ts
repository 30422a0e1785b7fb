import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { StreamResponse } from '../../../../schemas/v1/common.ts'
import type { Received, StreamName, StreamRequests } from '../../../../lib/client/operations.ts'
import { isJson, post, resultOf, type RequestOptions } from './rpc.ts'

/**
 * The events of one connection (A2A 1.0 §9.4.2). Leaving it early closes the connection.
 * @throws RpcError for what the agent refuses, TypeError when the connection breaks
 */
export async function * stream<N extends StreamName> (method: N, params: StreamRequests[N], options: RequestOptions): AsyncGenerator<Received, void, void> {
  const response = await post(method, params, options)
  // What is refused before the first event is an ordinary error.
  if (isJson(response)) resultOf(await response.json())
  if (response.body === null) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader()
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const { id, data } = chunk.value
      yield { event: resultOf<StreamResponse>(JSON.parse(data)), id }
    }
  } finally {
    // A broken connection can't be closed once more.
    await reader.cancel().catch(() => {})
  }
}
