/** `npm start`: the flight agent at PORT, 3000 unless that is set. LOG_LEVEL=info shows every request. */
import type { AddressInfo } from 'node:net'
import { note } from './flights/agent.ts'
import { createFlightApp } from './flights/app.ts'

const { PORT = '3000', HOST = 'localhost', LOG_LEVEL = 'warn' } = process.env

const app = await createFlightApp({ logger: { level: LOG_LEVEL } })
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => { void app.close() })
}

await app.listen({ port: Number(PORT), host: HOST })
// A server that listens at a port has an address of this kind.
const { port } = app.server.address() as AddressInfo
console.log(`Flight agent at http://localhost:${port}, served by ${note}`)
console.log(`Its card is at http://localhost:${port}/.well-known/agent-card.json`)
