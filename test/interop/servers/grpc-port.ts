import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { Test } from 'tap'

/** A server of gRPC that ends with the test. @returns also its `host:port`; services can still be added */
export async function openGrpc (t: Test): Promise<{ server: Server, address: string }> {
  const server = new Server()
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => error === null ? resolve(port) : reject(error))
  })
  t.teardown(() => server.forceShutdown())
  return { server, address: `127.0.0.1:${port}` }
}
