/** The way of every request: interceptors, then retries, then credentials, then the transport. */
import { startDeadline } from '../http/deadline.ts'
import { traceHeaders, type Traceparent } from '../http/trace.ts'
import type { OperationName, Received, Requests, Responses, StreamName, StreamRequests, UnaryName } from '../operations.ts'
import type { Transport, TransportContext } from '../transports/transport.ts'
import type { Authorize } from './authorize.ts'
import { intercept, type Interceptor, type OutgoingCall } from './interceptors.ts'
import { withRetries, type RetrySettings } from './retry.ts'

export type CallOptions = {
  signal?: AbortSignal | undefined
  /** For each attempt, in ms; of a stream until it begins. */
  timeout?: number | undefined
  headers?: Readonly<Record<string, string>> | undefined
  /** URIs of extensions to activate (A2A 1.0 §3.2.6). */
  extensions?: readonly string[] | undefined
  traceparent?: Traceparent | undefined
  /** The agent knows a message that comes again by its id: it may be sent again. */
  idempotent?: boolean | undefined
}

export type CallSettings = {
  readonly retry: RetrySettings
  readonly interceptors: readonly Interceptor[]
  readonly headers: Readonly<Record<string, string>>
  readonly extensions: readonly string[]
  readonly traceparent: Traceparent | undefined
  readonly idempotent: boolean
  readonly timeouts: { readonly call: number, readonly send: number, readonly idle: number }
}

export interface Calls {
  call<N extends UnaryName> (operation: N, request: Requests[N], options?: CallOptions): Promise<Responses[N]>
  stream<N extends StreamName> (operation: N, request: StreamRequests[N], options?: CallOptions & { lastEventId?: string | undefined }): Promise<AsyncIterable<readonly Received[]>>
}

const sends: readonly OperationName[] = ['SendMessage', 'SendStreamingMessage']
/** Those which, done twice, do something else than done once. */
const unsafe: readonly OperationName[] = [...sends, 'CreateTaskPushNotificationConfig']

export function createCalls (transport: Transport, authorize: Authorize, settings: CallSettings): Calls {
  async function run<T> (operation: OperationName, request: object, options: CallOptions, send: (call: OutgoingCall, context: TransportContext) => Promise<T>, isStream: boolean): Promise<T> {
    const { signal } = options
    const mayRepeat = !unsafe.includes(operation) || (options.idempotent ?? settings.idempotent)
    const timeout = options.timeout ?? (operation === 'SendMessage' ? settings.timeouts.send : settings.timeouts.call)

    const attempt = async (call: OutgoingCall) => await authorize(signal, async ({ headers, query }) => {
      const deadline = startDeadline(timeout, operation, signal)
      try {
        const result = await send(call, { headers: { ...call.headers, ...headers }, query, deadline })
        if (!isStream) deadline.clear()
        return result
      } catch (error) {
        deadline.clear()
        throw error
      }
    })

    const call = { operation, request, headers: headersOf(options) }
    return await intercept(settings.interceptors, call, async call => await withRetries(() => attempt(call), { ...settings.retry, mayRepeat, signal }))
  }

  function headersOf ({ headers, extensions = settings.extensions, traceparent = settings.traceparent }: CallOptions): Record<string, string> {
    return {
      ...traceHeaders(traceparent),
      // `X-A2A-Extensions` is its name in 0.3.
      ...extensions.length > 0 && { 'a2a-extensions': extensions.join(', '), 'x-a2a-extensions': extensions.join(', ') },
      ...settings.headers,
      ...headers
    }
  }

  return {
    async call<N extends UnaryName> (operation: N, request: Requests[N], options: CallOptions = {}) {
      // Interceptors may change a request, not its type.
      return await run(operation, request, options, async (call, context) => await transport.call(operation, call.request as Requests[N], context), false)
    },

    async stream<N extends StreamName> (operation: N, request: StreamRequests[N], { lastEventId, ...options }: CallOptions & { lastEventId?: string | undefined } = {}) {
      const { idle } = settings.timeouts
      return await run(operation, request, options, async (call, context) => {
        const events = await transport.stream(operation, call.request as StreamRequests[N], { ...context, idle, ...lastEventId !== undefined && { lastEventId } })
        return clearAfter(events, context.deadline.clear)
      }, true)
    }
  }
}

async function * clearAfter (events: AsyncIterable<readonly Received[]>, clear: () => void): AsyncGenerator<readonly Received[]> {
  try {
    yield * events
  } finally {
    clear()
  }
}
