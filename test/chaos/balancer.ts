import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export type Balancer = { readonly url: string, close (): void }

/** Hands each connection to the next replica that takes it, as a load balancer does. */
export async function startBalancer (ports: readonly number[]): Promise<Balancer> {
  let next = 0
  const open = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, client => {
    open.add(client)
    client.on('close', () => open.delete(client))
    client.on('error', () => {})
    pass(client, ports.length)
  })

  function pass (client: Socket, tries: number): void {
    if (tries === 0) {
      client.destroy()
      return
    }
    const replica = connect({ port: ports[next++ % ports.length] ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    const refused = () => pass(client, tries - 1)
    replica.once('error', refused)
    replica.once('connect', () => {
      replica.off('error', refused)
      replica.on('error', () => {})
      replica.on('close', () => client.destroy())
      client.on('close', () => replica.destroy())
      client.pipe(replica)
      replica.pipe(client)
    })
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    close () {
      server.close()
      for (const socket of open) socket.destroy()
    }
  }
}
