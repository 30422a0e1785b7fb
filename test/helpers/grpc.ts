import { createRegistry, fromBinary, fromJson, toBinary, toJson, type DescMethod, type DescService, type JsonValue } from '@bufbuild/protobuf'
import { Client, credentials, Metadata, type CallOptions, type ChannelCredentials, type ClientOptions, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import type { Test } from 'tap'
import { A2AService as V03Service } from '../../schemas/proto/gen/a2a/v1/a2a_pb.ts'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../schemas/proto/gen/google/rpc/error_details_pb.ts'
import { StatusSchema } from '../../schemas/proto/gen/google/rpc/status_pb.ts'
import { A2AService } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import type { ErrorDetail } from './rpc.ts'

const details = createRegistry(BadRequestSchema, ErrorInfoSchema, RetryInfoSchema)

/** How a call ended, if not well. */
export type GrpcError = { code: number, message: string, details: ErrorDetail[], challenge?: string }

export type CallParameters = { metadata?: Record<string, string> } & Pick<CallOptions, 'deadline'>

type GrpcClientOptions = { version?: '1.0' | '0.3', tls?: ChannelCredentials, channel?: ClientOptions }

/** The official client of gRPC for Node.js, which speaks ProtoJSON here; closed when the test is over. */
export class GrpcClient {
  readonly #service: DescService
  readonly #client: Client

  constructor (t: Test, address: string, { version = '1.0', tls = credentials.createInsecure(), channel = {} }: GrpcClientOptions = {}) {
    this.#service = version === '1.0' ? A2AService : V03Service
    this.#client = new Client(address, tls, channel)
    t.teardown(() => this.#client.close())
  }

  /** @throws ServiceError */
  async ask<T = Record<string, unknown>> (method: string, params: unknown, parameters: CallParameters = {}): Promise<T> {
    return (await this.answer<T>(method, params, parameters)).body
  }

  /** With the metadata that came before the answer. */
  answer<T = Record<string, unknown>> (name: string, params: unknown, { metadata, ...options }: CallParameters = {}): Promise<{ body: T, metadata: Record<string, unknown> }> {
    const { path, write, read } = codec<T>(this.#method(name))
    return new Promise((resolve, reject) => {
      let answered: Record<string, unknown> = {}
      this.#client.makeUnaryRequest(path, write, read, params, metadataOf(metadata), options, (error, value) => {
        if (error !== null) reject(error)
        else if (value !== undefined) resolve({ body: value, metadata: answered })
      }).on('metadata', (got: Metadata) => { answered = got.getMap() })
    })
  }

  async error (method: string, params: unknown, parameters: CallParameters = {}): Promise<GrpcError> {
    const result = await this.answer(method, params, parameters).catch(readError)
    if ('body' in result) throw new Error(`${method} should have failed: ${JSON.stringify(result.body)}`)
    return result
  }

  stream<T = Record<string, unknown>> (name: string, params: unknown, { metadata, ...options }: CallParameters = {}): ClientReadableStream<T> {
    const { path, write, read } = codec<T>(this.#method(name))
    return this.#client.makeServerStreamRequest(path, write, read, params, metadataOf(metadata), options)
  }

  /** The events of a stream, until it ends well. @throws ServiceError */
  async events<T = Record<string, unknown>> (method: string, params: unknown, parameters?: CallParameters): Promise<T[]> {
    const events: T[] = []
    for await (const event of this.stream<T>(method, params, parameters)) events.push(event)
    return events
  }

  async streamError (method: string, params: unknown, parameters?: CallParameters): Promise<GrpcError> {
    return await this.events(method, params, parameters).then(events => { throw new Error(`${method} should have failed: ${JSON.stringify(events)}`) }, readError)
  }

  #method (name: string): DescMethod {
    const method = this.#service.methods.find(method => method.name === name)
    if (method === undefined) throw new Error(`there is no method ${name}`)
    return method
  }
}

/** What a ServiceError says, its details decoded. */
export function readError (error: ServiceError): GrpcError {
  const [bin] = error.metadata?.get('grpc-status-details-bin') ?? []
  const status = Buffer.isBuffer(bin) ? toJson(StatusSchema, fromBinary(StatusSchema, bin), { registry: details }) : undefined
  const named = status as { details?: ErrorDetail[] } | undefined
  const [challenge] = error.metadata?.get('www-authenticate') ?? []
  return { code: error.code, message: error.details, details: named?.details ?? [], ...challenge !== undefined && { challenge: String(challenge) } }
}

function codec<T> ({ parent, name, input, output }: DescMethod) {
  return {
    path: `/${parent.typeName}/${name}`,
    // Bytes go as they are.
    write: (params: unknown) => Buffer.isBuffer(params) ? params : Buffer.from(toBinary(input, fromJson(input, params as JsonValue))),
    read: (bytes: Buffer) => toJson(output, fromBinary(output, bytes)) as T
  }
}

function metadataOf (entries: Record<string, string> = {}): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value)
  return metadata
}
