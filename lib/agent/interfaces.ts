import type { AgentInterface } from '../../schemas/v1/card.ts'
import { grpcAddress } from './grpc.ts'
import type { BindingName, ProtocolVersion } from './options.ts'
import type { Settings } from './settings.ts'

/** One way to reach the agent, in one or more protocol versions. */
export type Binding = {
  /** `JSONRPC`, `HTTP+JSON`, `GRPC`, or the URI of another one (A2A 1.0 §5.8). */
  readonly protocolBinding: string
  readonly versions: readonly ProtocolVersion[]
  readonly tenant?: string
} & (
  /** Goes after the base URL. */
  | { readonly path: string }
  /** No path: gRPC has `host:port` (A2A 1.0 §4.4.6). */
  | { readonly address: (baseUrl: string) => string }
)

/** How each binding that an agent may have is reached. */
const bindings: Readonly<Record<BindingName, (settings: Settings) => Binding>> = {
  JSONRPC: ({ paths, versions }) => ({ protocolBinding: 'JSONRPC', path: paths.rpc, versions }),
  // Its resources go after the URL, with a slash of their own (A2A 1.0 §11.3).
  'HTTP+JSON': ({ paths, versions }) => ({ protocolBinding: 'HTTP+JSON', path: paths.rpc.replace(/\/+$/, ''), versions }),
  GRPC: ({ grpc, versions }) => ({ protocolBinding: 'GRPC', address: baseUrl => grpcAddress(baseUrl, grpc), versions })
}

/** The bindings of an agent, the preferred first. */
export function bindingsOf (settings: Settings): Binding[] {
  const offered = settings.bindings.map(name => bindings[name](settings))
  return settings.tenant === '' ? offered : offered.flatMap(binding => bindingsOfTenant(binding, settings.tenant))
}

/** 1.0 names the tenant in its requests (A2A 1.0 §4.4.6). 0.3 can't: there, it stands in the URL of JSON-RPC. */
function bindingsOfTenant (binding: Binding, tenant: string): Binding[] {
  const { versions, protocolBinding } = binding
  const offered: Binding[] = versions.includes('1.0') ? [{ ...binding, versions: ['1.0'], tenant }] : []
  if (protocolBinding === 'JSONRPC' && 'path' in binding && versions.includes('0.3')) {
    offered.push({ protocolBinding, path: `${binding.path.replace(/\/+$/, '')}/${encodeURIComponent(tenant)}`, versions: ['0.3'] })
  }
  return offered
}

/** What the card says of them: the preferred version first, and within it the preferred binding (A2A 1.0 §8.3.1). */
export function interfacesOf (settings: Settings, baseUrl: string, offered: readonly Binding[] = bindingsOf(settings)): AgentInterface[] {
  const base = baseUrl.replace(/\/$/, '')
  return settings.versions.flatMap(protocolVersion => offered
    .filter(({ versions }) => versions.includes(protocolVersion))
    .map(binding => ({
      url: 'address' in binding ? binding.address(base) : `${base}${binding.path}`,
      protocolBinding: binding.protocolBinding,
      ...binding.tenant !== undefined && { tenant: binding.tenant },
      protocolVersion
    })))
}
