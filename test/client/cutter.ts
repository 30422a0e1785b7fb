import net from 'node:net'
import type { Test } from 'tap'

/** Passes bytes on, and cuts the first connections after so many bytes from the server. */
export async function cutter (t: Test, port: number): Promise<{ port: number, cuts: number[] }> {
  const cuts: number[] = []
  const server = net.createServer(client => {
    const upstream = net.connect(port, '127.0.0.1')
    let left = cuts.shift() ?? Infinity
    upstream.on('data', chunk => {
      client.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) client.destroy()
    })
    client.on('data', chunk => upstream.write(chunk))
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) socket.on('error', () => {}).on('close', () => other.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { port: (server.address() as net.AddressInfo).port, cuts }
}
