import { once } from 'node:events'
import { createSecureServer, createServer, type Http2SecureServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { notePort, type GrpcSettings } from '../../lib/agent/grpc.ts'
import { MisuseError } from '../../lib/agent/errors.ts'
import { noteOrigin } from '../base-url.ts'
import { Connections } from './connections.ts'

/** How long connections may take to end once nothing is served on them any more, in ms. */
const endGrace = 1_000

/** Where calls come in. */
export type Entrance = {
  /** @param path of a method, without the prefix */
  open (path: string): void
  /** Nothing is under way any more. */
  close (): Promise<void>
}

/**
 * A port of gRPC's own, where one is asked for: it starts and stops with the host. Else that of the host.
 * @param heartbeat between pings of connections, in ms; 0 for none
 * @throws MisuseError when the host can't serve gRPC
 */
export function openEntrance (fastify: FastifyInstance, settings: GrpcSettings, heartbeat: number): Entrance {
  if (settings.port === undefined) {
    checkHost(fastify)
    const connections = new Connections(fastify.server, heartbeat)
    return { open () {}, close: async () => connections.close() }
  }
  const listener = new GrpcListener(fastify, settings, heartbeat)
  // Before the host listens: a port that can't be had fails its start.
  fastify.addHook('onReady', async () => { notePort(settings, await listener.listen()) })
  return listener
}

function checkHost ({ initialConfig, prefix }: FastifyInstance): void {
  if (initialConfig.http2 !== true) {
    throw new MisuseError('A2A_ERR_OPTIONS', 'a2a options: grpc.port is missing: gRPC needs HTTP/2. Give it a port of its own, or make Fastify with http2: true')
  }
  if (prefix !== '') {
    throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: grpc.port is missing: clients of gRPC can't reach what is below ${prefix}, only a port of its own`)
  }
}

/**
 * A server of HTTP/2 that hands its requests to the router of the host: hooks, decorators, authentication and error handlers
 * are those of every other request.
 */
class GrpcListener implements Entrance {
  /** Nothing else of the host can be reached here. */
  readonly #paths = new Set<string>()
  readonly #fastify: FastifyInstance
  readonly #settings: GrpcSettings
  readonly #server: Http2Server | Http2SecureServer
  readonly #connections: Connections

  constructor (fastify: FastifyInstance, settings: GrpcSettings, heartbeat: number) {
    this.#fastify = fastify
    this.#settings = settings
    const { tls, maxConcurrentStreams, maxHeaderSize } = settings
    const http2 = { settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderSize } }
    this.#server = tls === undefined ? createServer(http2) : createSecureServer({ ...http2, ...tls })
    this.#connections = new Connections(this.#server, heartbeat)
    this.#server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => this.#route(request, response))
  }

  open (path: string): void {
    this.#paths.add(path)
  }

  /** @returns the port @throws Error when it can't be had */
  async listen (): Promise<number> {
    const { host, port, tls } = this.#settings
    this.#server.listen({ host, port })
    await once(this.#server, 'listening')
    const address = this.#server.address() as AddressInfo // of a port, not of a pipe
    this.#fastify.log.info({ host, port: address.port, tls: tls !== undefined }, 'gRPC listens')
    return address.port
  }

  /** Ends connections: those that are still in use when the grace is over are cut off. */
  async close (): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#connections.close()
    const late = setTimeout(() => this.#connections.destroy(), endGrace)
    await closed
    clearTimeout(late)
  }

  #route (request: Http2ServerRequest, response: Http2ServerResponse): void {
    if (!this.#paths.has(request.url)) return refuse(request, response)
    noteOrigin(request, this.#origin)
    request.url = this.#fastify.prefix + request.url
    // Fastify's types know the server alone that it was made with; its router takes both kinds of requests.
    Reflect.apply(this.#fastify.routing, this.#fastify, [request, response])
  }

  /** Of the host: undefined where it does not listen at a port. */
  readonly #origin = (hostname: string): string | undefined => {
    const { server, initialConfig: { https } } = this.#fastify
    const address = server.address()
    if (typeof address !== 'object' || address === null) return undefined
    return `${https === undefined || https === false ? 'http' : 'https'}://${hostname}:${address.port}`
  }
}

function refuse ({ headers }: Http2ServerRequest, { stream }: Http2ServerResponse): void {
  const isGrpc = headers['content-type']?.startsWith('application/grpc') === true
  // Headers that end the stream: some clients take an empty frame of data behind them for a broken answer.
  stream.respond(isGrpc ? { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': 'Unknown method' } : { ':status': 404 }, { endStream: true })
}
