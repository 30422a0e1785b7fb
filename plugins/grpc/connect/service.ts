/** The methods of A2A for the relatives of gRPC: gRPC-Web, the Connect protocol, and JSON codecs. */
import type { DescMethodServerStreaming, DescMethodUnary, Message } from '@bufbuild/protobuf'
import type { ConnectRouter, MethodImpl } from '@connectrpc/connect'
import { messageOf } from '../../../lib/grpc/codec.ts'
import { Stop } from '../../../lib/task/stop.ts'
import { enterMethod, type Binding } from '../binding.ts'
import { paramsOf } from '../codec.ts'
import type { GrpcMethod, StreamingMethod, UnaryMethod } from '../methods/method.ts'
import { stopError, toConnectError } from './error.ts'
import { exchangeOf, requestOf, type Exchange } from './exchange.ts'

export function addMethod (router: ConnectRouter, binding: Binding, method: GrpcMethod): void {
  if ('unary' in method) router.rpc(method.desc, unary(binding, method))
  else router.rpc(method.desc, streaming(binding, method))
}

function unary (binding: Binding, method: UnaryMethod): MethodImpl<DescMethodUnary> {
  return async (message, context) => {
    try {
      const { agent, call, params } = await begin(binding, method, exchangeOf(context.values), message)
      return messageOf(method.desc.output, await stoppable(method.unary(agent, call, params), context.signal))
    } catch (error) {
      throw toConnectError(error, requestOf(context.values))
    }
  }
}

function streaming (binding: Binding, method: StreamingMethod): MethodImpl<DescMethodServerStreaming> {
  return async function * (message, context) {
    const over = new Stop(context.signal)
    const forget = binding.streams.add(over)
    try {
      const exchange = exchangeOf(context.values)
      const { agent, call, params } = await begin(binding, method, exchange, message)
      const items = await method.stream(agent, call, params, { signal: over })
      const reader = watchReader(exchange, binding.agents.settings.stream.stall)
      try {
        for await (const batch of items) {
          for (const item of batch) {
            if (over.aborted) break
            reader.wait()
            yield messageOf(method.desc.output, method.message(item))
            reader.stop()
          }
        }
      } finally {
        reader.stop()
        await items.return()
      }
      if (over.aborted) throw stopError(context.signal, binding.streams.isClosing)
    } catch (error) {
      throw toConnectError(error, requestOf(context.values))
    } finally {
      forget()
    }
  }
}

async function begin (binding: Binding, method: GrpcMethod, { request, reply }: Exchange, message: Message) {
  const params = paramsOf(method.desc.input, message)
  return { ...await enterMethod(binding, method, request, reply, params), params }
}

/** What the call began goes on without it: the wire never decides the fate of a task. */
function stoppable<T> (work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(stopError(signal, false))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Cuts off a reader that does not take the event that waits for it. */
function watchReader ({ request, reply }: Exchange, stall: number): { wait (): void, stop (): void } {
  let stalled: NodeJS.Timeout | undefined
  return {
    wait () {
      stalled = setTimeout(() => {
        request.log.info('a reader that does not read is cut off')
        reply.raw.destroy()
      }, stall)
    },
    stop () { clearTimeout(stalled) }
  }
}
