import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns'
import type { AddressInfo, LookupFunction } from 'node:net'
import type { Test } from 'tap'

/** A DNS server that answers each question for a name with the next of its answers, and stays at the last. IPv4 alone. */
export async function startDns (t: Test, answers: Record<string, string[][]>): Promise<{ lookup: LookupFunction, asked (name: string): number }> {
  const counts = new Map<string, number>()
  const server = createSocket('udp4')
  server.on('message', (query, { port, address }) => {
    const { name, question } = readQuestion(query)
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    const known = answers[name] ?? []
    const addresses = known[Math.min(count, known.length - 1)] ?? []
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, addresses.length === 0 ? 0x83 : 0x80, 0, 1, 0, addresses.length, 0, 0, 0, 0])
    // A pointer to the name, type A, class IN, no time to live, four bytes.
    const records = addresses.map(text => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...text.split('.').map(Number)]))
    server.send(Buffer.concat([header, question, ...records]), port, address)
  })
  await new Promise<void>(resolve => server.bind(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())

  const resolver = new Resolver({ timeout: 500, tries: 1 })
  const { port } = server.address() as AddressInfo
  resolver.setServers([`127.0.0.1:${port}`])
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolver.resolve4(hostname, (error, found) => {
      const [first = ''] = found ?? []
      if (error !== null) callback(error, [])
      else if (options.all === true) callback(null, found.map(address => ({ address, family: 4 })))
      else callback(null, first, 4)
    })
  }
  return { lookup, asked: name => counts.get(name) ?? 0 }
}

function readQuestion (query: Buffer): { name: string, question: Buffer } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), question: query.subarray(12, at + 5) }
}
