import { createConnectRouter, type ConnectRouterOptions } from '@connectrpc/connect'
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Health } from '../../schemas/proto/gen/grpc/health/v1/health_pb.ts'
import { ServerReflection } from '../../schemas/proto/gen/grpc/reflection/v1/reflection_pb.ts'
import { ServerReflection as OldServerReflection } from '../../schemas/proto/gen/grpc/reflection/v1alpha/reflection_pb.ts'
import type { Directory } from '../../lib/agent/directory.ts'
import type { GrpcSettings } from '../../lib/agent/grpc.ts'
import { noteError } from '../audit.ts'
import { handleTogether } from '../cohorts.ts'
import { fromHttpError } from '../http-errors.ts'
import type { Protection } from '../protection.ts'
import { OpenStreams, type Binding } from './binding.ts'
import { HealthService } from './connect/health.ts'
import { reflectionOf } from './connect/reflection.ts'
import { serveConnect } from './connect/serve.ts'
import { addMethod } from './connect/service.ts'
import { openEntrance } from './entrance.ts'
import { pathOf, type GrpcMethod } from './methods/method.ts'
import { v03GrpcMethods } from './methods/v0_3.ts'
import { v1GrpcMethods } from './methods/v1.ts'
import { prefixSize } from './native/frames.ts'
import { failNative, isNative, nativeType, serveNative } from './native/serve.ts'

type Options = {
  readonly agents: Directory
  readonly grpc: GrpcSettings
  /** Health and reflection are for everybody. */
  readonly protection: Protection
}

/**
 * The gRPC binding (A2A 1.0 §10, 0.3 §3.2.2), with gRPC-Web and the Connect protocol, on the router of the host.
 * @param fastify a scope of the agent's
 * @returns what brings it to rest
 * @throws MisuseError when the host can't serve it
 */
export async function serveGrpc (fastify: FastifyInstance, { agents, grpc, protection }: Options): Promise<() => Promise<void>> {
  const { settings } = agents
  const methods = [...settings.versions.includes('1.0') ? v1GrpcMethods : [], ...settings.versions.includes('0.3') ? v03GrpcMethods : []]
  const services = [...new Set(methods.map(({ desc }) => desc.parent))]
  const health = new HealthService(services.map(({ typeName }) => typeName))
  const closing = new AbortController()
  const streams = new OpenStreams()
  const entrance = openEntrance(fastify, grpc, settings.stream.heartbeat)

  const helpers = createConnectRouter(routerOptions(smallMessage)).service(Health, health.implementation)
  if (grpc.reflection) {
    const reflection = reflectionOf([...services, Health], closing.signal)
    helpers.service(ServerReflection, reflection).service(OldServerReflection, reflection)
  }

  const byPath = new Map(methods.map(method => [pathOf(method), method]))
  await fastify.register(async scope => {
    const gate = protection.protect(scope, 'GRPC')
    handleTogether(scope)
    const binding: Binding = { agents, prefix: fastify.prefix, gate, streams }
    const router = createConnectRouter(routerOptions(settings.limits.bodySize))
    for (const method of methods) addMethod(router, binding, method)
    takeStreams(scope)
    // What is native is small enough to be held, and is read before it is answered; the rest comes in streams.
    scope.addContentTypeParser(nativeType, { parseAs: 'buffer', bodyLimit: settings.limits.bodySize + prefixSize }, (_request, body, done) => done(null, body))
    for (const handler of router.handlers) addRoute(scope, handler, nativeOf(binding, byPath.get(handler.requestPath)))
  })
  await fastify.register(async scope => {
    takeStreams(scope)
    for (const handler of helpers.handlers) addRoute(scope, handler)
  })

  /** @param native answers native calls; undefined for what is no method of A2A */
  function addRoute (scope: FastifyInstance, handler: UniversalHandler, native?: NativeHandler): void {
    const { requestPath: url } = handler
    const nativeFor = (request: FastifyRequest) => isNative(request) ? native : undefined
    entrance.open(url)
    scope.route({
      method: 'POST',
      url,
      schema: unlisted,
      errorHandler: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
        const failure = fromHttpError(error)
        noteError(request, failure)
        return nativeFor(request) === undefined ? serveConnect(handler, { request, reply, failure }) : failNative(request, reply, failure)
      },
      handler: (request, reply) => nativeFor(request)?.(request, reply) ?? serveConnect(handler, { request, reply })
    })
  }

  return async () => {
    health.close()
    closing.abort()
    await streams.close()
    await entrance.close()
  }
}

type NativeHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

function nativeOf (binding: Binding, method: GrpcMethod | undefined): NativeHandler | undefined {
  return method && ((request, reply) => serveNative(binding, method, request, reply))
}

/** Not for documents of HTTP: the protos say what there is, and reflection does. */
const unlisted: object = { hide: true }

/** Leaves bodies to ConnectRPC: what stands in their place can't be taken for one that is empty. */
function takeStreams (scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', ({ raw }, _payload, done) => done(null, raw))
}

/** What a request of the other services may hold, in bytes. */
const smallMessage = 65_536

function routerOptions (readMaxBytes: number): ConnectRouterOptions {
  return {
    acceptCompression: [compressionGzip, compressionBrotli],
    // Answers are small, and the time is better spent otherwise.
    compressMinBytes: 0xffffffff,
    readMaxBytes
  }
}
