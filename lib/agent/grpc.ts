import type { SecureServerOptions } from 'node:http2'
import { defaults } from '../../schemas/option-defaults.ts'
import { given } from './options/given.ts'

/** How gRPC is served. */
export type GrpcOptions = {
  /** A listener of gRPC's own, which starts and stops with the server; 0 for any free port. Default: none, the server's own port, which must speak HTTP/2. */
  port?: number
  /** What the listener binds to. Default: `127.0.0.1`. */
  host?: string
  /** TLS of the listener, as for `node:tls`: `key` and `cert`, and what else there is. Default: none. */
  tls?: SecureServerOptions
  /** `host:port` under which clients reach it. Default: the host of the card's other URLs, and the port. */
  address?: string
  /** Whether tools may ask for the protos. Default: true. */
  reflection?: boolean
  /** Calls that one connection of the listener may have open at once. Default: 1,000. */
  maxConcurrentStreams?: number
  /** Bytes of the metadata of a call to the listener. Default: 16 KiB. */
  maxHeaderSize?: number
}

export type GrpcSettings = Readonly<Pick<GrpcOptions, 'port' | 'tls' | 'address'> & Required<Omit<GrpcOptions, 'port' | 'tls' | 'address'>>>

const onHost: GrpcSettings = Object.freeze({ ...defaults.grpc })
const resolved = new WeakMap<GrpcOptions, GrpcSettings>()

/** The same settings for the same options: agents of tenants share a listener. */
export function resolveGrpc (option: boolean | GrpcOptions = true): GrpcSettings {
  if (typeof option === 'boolean') return onHost
  const settings = resolved.get(option) ?? Object.freeze({ ...defaults.grpc, ...given(option) })
  resolved.set(option, settings)
  return settings
}

/** Of the listeners that listen. */
const ports = new WeakMap<GrpcSettings, number>()

export function notePort (settings: GrpcSettings, port: number): void {
  ports.set(settings, port)
}

/** What the card says: `host:port`, without a scheme (A2A 1.0 §4.4.6). @param baseUrl under which clients reach the agent over HTTP */
export function grpcAddress (baseUrl: string, settings: GrpcSettings = onHost): string {
  if (settings.address !== undefined) return settings.address
  const { protocol, hostname, port } = new URL(baseUrl)
  const own = ports.get(settings) ?? settings.port
  return `${hostname}:${own ?? (port === '' ? protocol === 'https:' ? 443 : 80 : port)}`
}
