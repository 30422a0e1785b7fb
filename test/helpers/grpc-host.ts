import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { AgentOptions } from '../../lib/agent/options.ts'
import a2a from '../../plugins/a2a.ts'
import { agent, closeAfter, listen, obey } from './host.ts'

export type GrpcHost = { app: FastifyInstance, url: string, address: string }

/** An agent that serves gRPC, by default on a port of its own. @param prepare what the host registers before it */
export async function grpcHost (t: Test, options: Partial<AgentOptions> = {}, prepare: (app: FastifyInstance) => void = () => {}): Promise<GrpcHost> {
  const app = Fastify()
  prepare(app)
  closeAfter(t, app)
  await app.register(a2a, agent({ executor: obey, grpc: { port: 0 }, ...options }))
  const url = await listen(app)
  return { app, url, address: await addressOf(app, url) }
}

/** On the port of Fastify itself. */
export async function http2Host (t: Test, options: Partial<AgentOptions> = {}): Promise<Omit<GrpcHost, 'app'> & { app: { close (): PromiseLike<unknown> } }> {
  const app = Fastify({ http2: true })
  closeAfter(t, app)
  await app.register(a2a, agent({ executor: obey, bindings: ['GRPC'], ...options }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, address: new URL(url).host }
}

/** What its card says. */
async function addressOf (app: FastifyInstance, url: string): Promise<string> {
  const [{ card } = {}] = app.a2a.agents
  const published = await card?.(url)
  return published?.supportedInterfaces.find(({ protocolBinding }) => protocolBinding === 'GRPC')?.url ?? ''
}
