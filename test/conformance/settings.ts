import type { BindingName, ProtocolVersion } from '../../lib/index.ts'

export type SutSettings = {
  /** 0 for any free port. */
  port: number
  /** Of gRPC, where it is served; 0 for any free port. */
  grpcPort: number
  capabilities: readonly Capability[]
  versions: ProtocolVersion[]
  bindings: BindingName[]
  /** A URI. */
  requiredExtension: string | undefined
  /** Who comes with which key; undefined when anybody may come. */
  apiKeys: ReadonlyMap<string, string> | undefined
}

const capabilities = ['streaming', 'push', 'extendedCard'] as const
type Capability = typeof capabilities[number]

const versions: readonly ProtocolVersion[] = ['1.0', '0.3']

const bindings: readonly BindingName[] = ['JSONRPC', 'HTTP+JSON', 'GRPC']

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the variables by which a suite sets up the agent.
 * @throws Error for a variable or a value that the agent does not know: a suite must not test something else than it thinks
 */
export function readSettings (env: Environment): SutSettings {
  if (given(env, 'SUT_ON_CRASH') !== undefined) throw new Error('SUT_ON_CRASH is not supported yet')
  const store = given(env, 'SUT_STORE') ?? 'memory'
  if (store !== 'memory') throw new Error(`SUT_STORE=${store} is not supported yet: only memory is`)
  const port = readPort('PORT', given(env, 'PORT') ?? '9999')
  return {
    port,
    grpcPort: readPort('GRPC_PORT', given(env, 'GRPC_PORT') ?? String(port === 0 ? 0 : port + 1)),
    // Empty means none here.
    capabilities: readList('SUT_CAPABILITIES', env.SUT_CAPABILITIES ?? capabilities.join(), capabilities),
    versions: readList('SUT_VERSIONS', given(env, 'SUT_VERSIONS') ?? '1.0', versions),
    bindings: readList('SUT_BINDINGS', given(env, 'SUT_BINDINGS') ?? bindings.join(), bindings),
    requiredExtension: given(env, 'SUT_REQUIRED_EXTENSION'),
    apiKeys: readKeys(given(env, 'SUT_API_KEYS'))
  }
}

function given (env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}

function readPort (name: string, text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`${name} must be a port number, got ${text}`)
  return port
}

function readList<T extends string> (name: string, text: string, known: readonly T[]): T[] {
  return text.split(',').map(item => item.trim()).filter(item => item !== '').map(item => {
    const found = known.find(value => value === item)
    if (found === undefined) throw new Error(`${name} takes ${known.join(', ')}, got ${item}`)
    return found
  })
}

function readKeys (text: string | undefined): Map<string, string> | undefined {
  if (text === undefined) return undefined
  return new Map(text.split(',').map(pair => {
    const [key, owner] = pair.split('=').map(side => side.trim())
    if (!key || !owner) throw new Error('SUT_API_KEYS takes pairs as in key1=alice,key2=bob')
    return [key, owner]
  }))
}
