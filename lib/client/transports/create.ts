import { isMissingPackage } from '../../grpc/packages.ts'
import { createHttpJson } from './http-json/transport.ts'
import { createJsonRpc } from './json-rpc/transport.ts'
import type { Transport, TransportSettings } from './transport.ts'

/** @returns undefined where the packages that it stands on are not installed */
export async function createTransport (settings: TransportSettings): Promise<Transport | undefined> {
  switch (settings.choice.transport) {
    case 'JSONRPC': return createJsonRpc(settings)
    case 'HTTP+JSON': return createHttpJson(settings)
    case 'GRPC': return await createGrpc(settings)
  }
}

async function createGrpc (settings: TransportSettings): Promise<Transport | undefined> {
  try {
    return (await import('./grpc/transport.ts')).createGrpc(settings)
  } catch (error) {
    if (isMissingPackage(error)) return undefined
    throw error
  }
}
