import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { fromJson, toBinary, type JsonValue } from '@bufbuild/protobuf'
import { SendMessageRequestSchema } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import type { Work } from '../rounds.ts'

const prefixSize = 5

export type GrpcLoad = {
  method: 'SendMessage' | 'SendStreamingMessage'
  /** ProtoJSON. */
  params: object
  connections: number
  /** On each connection. */
  callsAtOnce: number
  /** In seconds. */
  duration: number
  /** That each call must have; they are counted. */
  messages: number
}

/** One call after the other, on several connections, on HTTP/2 itself: a client that decodes would be slower than the servers. */
export async function grpcCalls (port: number, { method, params, connections, callsAtOnce, duration, messages }: GrpcLoad): Promise<Work> {
  const body = frame(toBinary(SendMessageRequestSchema, fromJson(SendMessageRequestSchema, params as JsonValue)))
  const sessions = Array.from({ length: connections }, () => connect(`http://127.0.0.1:${port}`).on('error', () => {})) // calls show it
  const begun = performance.now()
  const deadline = begun + duration * 1000
  const counts = await Promise.all(sessions.flatMap(session => Array.from({ length: callsAtOnce }, async () => {
    let count = 0
    while (performance.now() < deadline) count += await call(session, method, body, messages)
    return count
  })))
  const seconds = (performance.now() - begun) / 1000
  for (const session of sessions) session.close()
  return { count: counts.reduce((sum, count) => sum + count, 0), seconds }
}

/** @throws when the call fails, or has another number of messages */
function call (session: ClientHttp2Session, method: string, body: Buffer, messages: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': `/lf.a2a.v1.A2AService/${method}`, 'content-type': 'application/grpc', te: 'trailers', 'a2a-version': '1.0' })
    const frames = new FrameCounter()
    let status: IncomingHttpHeaders = {}
    stream.on('data', (chunk: Buffer) => frames.take(chunk))
    stream.once('error', reject)
    // An answer that fails at once has its status in the headers.
    stream.once('response', headers => { status = headers })
    stream.once('trailers', trailers => { status = trailers })
    stream.once('end', () => {
      if (status['grpc-status'] === '0' && frames.count === messages) resolve(messages)
      else reject(new Error(`a call ended with status ${status['grpc-status']} (${String(status['grpc-message'])}) after ${frames.count} messages of ${messages}`))
    })
    stream.end(body)
  })
}

/** Counts messages by their prefixes, wherever the chunks are cut. */
class FrameCounter {
  count = 0
  #prefix = Buffer.alloc(0)
  #rest = 0

  take (chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#rest > 0) {
        const taken = Math.min(this.#rest, chunk.length - at)
        this.#rest -= taken
        at += taken
        continue
      }
      const missing = prefixSize - this.#prefix.length
      this.#prefix = Buffer.concat([this.#prefix, chunk.subarray(at, at + missing)])
      at += missing
      if (this.#prefix.length < prefixSize) return
      this.#rest = this.#prefix.readUInt32BE(1)
      this.#prefix = Buffer.alloc(0)
      this.count++
    }
  }
}

function frame (message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(prefixSize)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}
