/** Appends to a task in PGlite until it is killed, and tells its parent what was acknowledged. */
import { openPostgresStore } from '../../plugins/postgres-store.ts'
import { Writer } from '../../lib/testing/writer.ts'

const store = await openPostgresStore({ pglite: process.argv[2] ?? '' })
const writer = await Writer.create(store, { agent: 'agent', tenant: '', owner: 'owner' })
for (let i = 0; ; i++) {
  const generation = await writer.chunk('a', `${i} `)
  process.send?.({ taskId: writer.taskId, generation })
}
