/** Where interfaces are, and to whom they belong. gRPC has addresses of its own: mostly `host:port`, without a scheme. */
import type { TransportName } from './interfaces.ts'

export type Surroundings = {
  /** Where the card came from; undefined for a card in hand. */
  readonly origin: string | undefined
  /** Whether gRPC is spoken over TLS where an address does not say. Default: as the card came; with a card in hand, unless the host is this machine. */
  readonly grpcTls: boolean | undefined
}

/** @returns a URL of `http:` or `https:`, the latter for what is spoken over TLS; undefined for what is no address */
export function placeOf (address: string, transport: TransportName, surroundings: Surroundings): URL | undefined {
  if (transport === 'GRPC') return grpcPlace(address, surroundings)
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : undefined
}

/**
 * Whether a place belongs to an origin. gRPC has ports of its own: it belongs to the origins of its host, unless it is less
 * secure than they are.
 * @param origin such as `https://api.example.com`, or `https://*.example.com`
 */
export function belongsTo (place: URL, transport: TransportName, origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, hostname, port } = new URL(origin)
  const isOfHost = hostname.startsWith('*.') ? place.hostname.endsWith(hostname.slice(1)) : place.hostname === hostname
  if (transport === 'GRPC') return isOfHost && (place.protocol === 'https:' || protocol === 'http:')
  return isOfHost && place.protocol === protocol && place.port === port
}

/** `host:port` (A2A 1.0 §4.4.6), a URL as some cards have it, or a target of gRPC. Without a port it is that of HTTP. */
function grpcPlace (address: string, { origin, grpcTls }: Surroundings): URL | undefined {
  const [, scheme = '', host = ''] = /^(?:(https?|grpcs?):\/\/|dns:\/\/\/)?([^/?#@\s]+)\/?$/i.exec(address) ?? []
  const plain = `http://${host}`
  if (host === '' || !URL.canParse(plain)) return undefined
  const isByDefault = grpcTls ?? (origin === undefined ? !isThisMachine(new URL(plain)) : origin.startsWith('https:'))
  const isSecure = scheme === '' ? isByDefault : /s$/i.test(scheme)
  return new URL(isSecure ? `https://${host}` : plain)
}

function isThisMachine ({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
