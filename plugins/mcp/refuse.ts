import type { FastifyReply } from 'fastify'

/** As the SDK refuses: an error of JSON-RPC that belongs to no request. */
export async function refuse (reply: FastifyReply, status: number, message: string): Promise<FastifyReply> {
  return await reply.code(status).send({ jsonrpc: '2.0', error: { code: status === 404 ? -32001 : -32000, message }, id: null })
}
