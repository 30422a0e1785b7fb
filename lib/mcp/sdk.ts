/** The official SDK, an optional peer: loaded when it is needed. */
import { loadPeer } from '../tools/load-peer.ts'

const name = '@modelcontextprotocol/sdk'

export async function loadServerSdk () {
  const server = await loadPeer(name, async () => await import('@modelcontextprotocol/sdk/server/index.js'))
  return { ...server, ...await loadTypes() }
}

export async function loadClientSdk () {
  const [client, stdio, http] = await loadPeer(name, async () => await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'), import('@modelcontextprotocol/sdk/client/stdio.js'), import('@modelcontextprotocol/sdk/client/streamableHttp.js')
  ]))
  return { ...client, ...stdio, ...http }
}

export async function loadTypes () {
  return await loadPeer(name, async () => await import('@modelcontextprotocol/sdk/types.js'))
}

export async function loadStdioTransport () {
  return await loadPeer(name, async () => await import('@modelcontextprotocol/sdk/server/stdio.js'))
}

export async function loadHttpTransport () {
  return await loadPeer(name, async () => await import('@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'))
}
