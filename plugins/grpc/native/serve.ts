/**
 * gRPC itself, in protobuf on HTTP/2: nearly all calls. ConnectRPC serves its relatives. It could serve these calls, too, but
 * takes more than twice as long for a unary one.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Message } from '@bufbuild/protobuf'
import { A2AError } from '../../../lib/protocol/errors.ts'
import { Stop } from '../../../lib/task/stop.ts'
import { noteError } from '../../audit.ts'
import { header } from '../../request.ts'
import { drained, isGone } from '../../reader.ts'
import { enterMethod, type Binding } from '../binding.ts'
import { decode, encode, paramsOf } from '../codec.ts'
import { parseTimeout } from '../deadline.ts'
import type { GrpcMethod, StreamingMethod, UnaryMethod } from '../methods/method.ts'
import { canceled, deadlineExceeded, ok, shutdownStatus, statusOf, type Status } from '../status.ts'
import { answer, beginStream, endStream } from './answer.ts'
import { readFrame, writeFrames } from './frames.ts'

/** Events that are encoded at once; what is encoded waits in memory. */
const batchSize = 64

/** Content types of native calls. */
export const nativeType = /^application\/grpc(?:\+proto)?\s*(?:;|$)/

export function isNative ({ headers }: FastifyRequest): boolean {
  return nativeType.test(headers['content-type'] ?? '')
}

/** Answers the call, whatever becomes of it. The body of the request has been read. */
export async function serveNative (binding: Binding, method: GrpcMethod, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  // Trailers want HTTP/2.
  if (request.raw.httpVersionMajor !== 2) return reply.code(505).send()
  let deadline: Deadline | undefined
  try {
    deadline = new Deadline(request)
    await ('unary' in method ? serveUnary(binding, method, request, reply, deadline) : serveStream(binding, method, request, reply, deadline))
  } catch (error) {
    failNative(request, reply, A2AError.from(error))
  } finally {
    deadline?.clear()
  }
  return reply
}

/** Also for errors that come up before the call is served, in a hook of the host. */
export function failNative (request: FastifyRequest, reply: FastifyReply, error: A2AError): FastifyReply {
  noteError(request, error)
  if (error.name === 'InternalError') request.log.error({ err: error.cause ?? error }, 'a gRPC call failed')
  return answer(request, reply, statusOf(error))
}

async function serveUnary (binding: Binding, method: UnaryMethod, request: FastifyRequest, reply: FastifyReply, deadline: Deadline): Promise<void> {
  // What the call began goes on without it: the wire never decides the fate of a task.
  deadline.addEventListener('abort', () => answer(request, reply, deadlineExceeded))
  const { agent, call, params } = await begin(binding, method, request, reply)
  const result = await method.unary(agent, call, params)
  answer(request, reply, ok, writeFrames([encode(method.desc.output, result)]))
}

async function serveStream (binding: Binding, method: StreamingMethod, request: FastifyRequest, reply: FastifyReply, deadline: Deadline): Promise<void> {
  const { raw } = reply
  const { stream: { buffer, stall } } = binding.agents.settings
  const over = new Stop(deadline)
  const forget = binding.streams.add(over)
  raw.once('close', () => over.stop())
  if (isGone(reply)) over.stop()
  let isBegun = false
  const endOf = (): Status => deadline.aborted ? deadlineExceeded : binding.streams.isClosing ? shutdownStatus() : canceled
  try {
    const { agent, call, params } = await begin(binding, method, request, reply)
    const items = await method.stream(agent, call, params, { signal: over })
    try {
      // A failure that shows before the first event is an ordinary error.
      let next = await items.next()
      beginStream(request, reply)
      isBegun = true
      for (; next.done !== true && !over.aborted; next = await items.next()) {
        const batch = next.value
        for (let i = 0; i < batch.length && !over.aborted; i += batchSize) {
          const frames = writeFrames(batch.slice(i, i + batchSize).map(item => encode(method.desc.output, method.message(item))))
          if (!raw.write(frames) && raw.writableLength > buffer) await drained(reply, stall, over)
        }
      }
    } finally {
      await items.return()
    }
    endStream(reply, over.aborted ? endOf() : ok)
  } catch (error) {
    if (!isBegun) throw error
    const known = A2AError.from(error)
    noteError(request, known)
    if (known.name === 'InternalError') request.log.error({ err: known.cause ?? known }, 'a stream failed')
    endStream(reply, over.aborted ? endOf() : statusOf(known))
  } finally {
    forget()
  }
}

async function begin (binding: Binding, { desc, version, operation }: GrpcMethod, request: FastifyRequest, reply: FastifyReply) {
  const { limits } = binding.agents.settings
  const frame = await readFrame(bodyOf(request), header(request, 'grpc-encoding'), limits.bodySize)
  const message: Message = decode(desc.input, frame, limits.jsonDepth)
  const params = paramsOf(desc.input, message)
  return { ...await enterMethod(binding, { version, operation }, request, reply, params), params }
}

function bodyOf ({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

/** Fires when the deadline of a call has passed. */
class Deadline extends Stop {
  readonly #timer: NodeJS.Timeout | undefined

  /** @throws A2AError for a deadline that can't be read */
  constructor (request: FastifyRequest) {
    super()
    const timeout = parseTimeout(header(request, 'grpc-timeout'))
    if (timeout !== undefined) this.#timer = setTimeout(() => this.stop(), timeout)
  }

  clear (): void {
    clearTimeout(this.#timer)
  }
}
