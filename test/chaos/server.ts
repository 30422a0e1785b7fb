/** One replica of the fleet, in a process of its own: `server.ts <store> <port>`. */
import Fastify from 'fastify'
import a2a from '../../plugins/a2a.ts'
import { openStore } from '../helpers/replicas.ts'
import { work } from './work.ts'

const [store = '', port] = process.argv.slice(2)
const app = Fastify({ logger: { level: process.env.CHAOS_LOG ?? 'fatal' } })
app.decorate('a2aStore', await openStore(store))
app.addHook('onClose', async () => await app.a2aStore.close())
await app.register(a2a, {
  card: { name: 'Chaos', description: 'Goes on counting, whatever happens' },
  publicUrl: 'http://chaos.example',
  executor: work,
  allowAnonymous: true,
  idempotency: true,
  onCrash: 'retry',
  // As often as it takes: what is on trial is the work that is taken over, not its bound.
  maxAttempts: 1000,
  leaseTtl: 1500,
  shutdownGrace: 300,
  cancelGrace: 300,
  push: {
    key: Buffer.alloc(32, 'chaos').toString('base64'),
    targets: { http: true, allow: ['127.0.0.1'] },
    timeout: 2000,
    retry: { attempts: 1000, minDelay: 100, maxDelay: 1000 },
    circuit: { failures: 1000, pause: 100 },
    poll: 250
  }
})
process.once('SIGTERM', () => { void app.close().then(() => process.exit()) })
await app.listen({ port: Number(port), host: '127.0.0.1' })
process.send?.('ready')
