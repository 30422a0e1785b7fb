/** An agent in PGlite that is killed while it delivers: `crash-agent.ts DIR [URL]` sends itself a message where a URL is given. */
import Fastify from 'fastify'
import a2a from '../../plugins/a2a.ts'
import postgresStore from '../../plugins/postgres-store.ts'
import { card } from '../helpers/host.ts'
import { RpcClient } from '../helpers/rpc.ts'

const [, , pglite = '', url] = process.argv
const app = Fastify()
await app.register(postgresStore, { pglite })
await app.register(a2a, {
  card,
  allowAnonymous: true,
  executor: async task => { await task.complete('done') },
  push: { key: Buffer.alloc(32, 'k').toString('base64'), targets: { http: true, allow: ['127.0.0.1'] }, timeout: 1000, poll: 50 }
})
await app.ready()
if (url !== undefined) await new RpcClient(app).send('hello', { configuration: { taskPushNotificationConfig: { url, token: 'hunter2' } } })
await app.listen({ port: 0, host: '127.0.0.1' })
