/** An agent in PGlite on disk, `pglite-server.ts DIR`, that is killed while it streams. Tells its parent the URL. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import a2a from '../../plugins/a2a.ts'
import postgresStore from '../../plugins/postgres-store.ts'
import { card } from '../helpers/host.ts'

const app = Fastify()
await app.register(postgresStore, { pglite: process.argv[2] ?? '' })
await app.register(a2a, {
  card,
  allowAnonymous: true,
  leaseTtl: 1000,
  executor: async task => {
    for (let i = 0; !task.signal.aborted; i++) {
      await task.artifact({ artifactId: 'a', append: i > 0, parts: [{ text: `${i} ` }] })
      await nextTurn()
    }
  }
})
process.send?.(await app.listen({ port: 0, host: '127.0.0.1' }))
