import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isGone } from '../../reader.ts'
import { trailersOf, type Status } from '../status.ts'
import { acceptedEncodings } from './frames.ts'

/** Answers a call that is no stream, or has not become one. What comes too late, or for nobody, goes nowhere. */
export function answer (request: FastifyRequest, reply: FastifyReply, status: Status, body: Buffer = Buffer.alloc(0)): FastifyReply {
  if (reply.sent) return reply
  reply.raw.addTrailers(trailersOf(status))
  // Fastify sets it where a body is too large. HTTP/2 knows no such header.
  reply.removeHeader('connection')
  return reply.code(200).headers(headersOf(request)).send(body)
}

/** Begins a stream, with what hooks of the host have set. */
export function beginStream (request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack()
  const headers = { ...reply.getHeaders(), ...headersOf(request) } as OutgoingHttpHeaders // Fastify's names for them are the same
  reply.raw.writeHead(200, headers)
  reply.raw.flushHeaders()
}

export function endStream (reply: FastifyReply, status: Status): void {
  const { raw } = reply
  if (isGone(reply)) return
  raw.addTrailers(trailersOf(status))
  raw.end()
}

function headersOf ({ headers }: FastifyRequest): Record<string, string> {
  return { 'content-type': headers['content-type'] ?? 'application/grpc', 'grpc-accept-encoding': acceptedEncodings }
}
