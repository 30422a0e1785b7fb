import type { ProtocolVersion } from '../../agent/options.ts'
import type { TransportName } from '../interfaces.ts'
import { createHttpJson } from './http-json/transport.ts'
import { createJsonRpc } from './json-rpc/transport.ts'
import type { Transport, TransportSettings } from './transport.ts'

type CreateTransport = (version: ProtocolVersion, settings: TransportSettings) => Transport

const creators: Readonly<Record<TransportName, CreateTransport>> = {
  JSONRPC: createJsonRpc,
  'HTTP+JSON': createHttpJson
}

export function createTransport (name: TransportName, version: ProtocolVersion, settings: TransportSettings): Transport {
  return creators[name](version, settings)
}
