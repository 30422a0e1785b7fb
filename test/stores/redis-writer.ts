/** Appends to tasks in Redis until it is killed or the server is, and tells its parent what was acknowledged. */
import { openRedisStore } from '../../plugins/redis-store.ts'
import { Writer } from '../../lib/testing/writer.ts'

const store = await openRedisStore({ url: process.argv[2] ?? '' })
await Promise.all(Array.from({ length: 10 }, async () => {
  const writer = await Writer.create(store, { agent: 'agent', tenant: '', owner: 'owner' })
  for (let i = 0; ; i++) {
    const generation = await writer.chunk('a', `${i} `)
    process.send?.({ taskId: writer.taskId, generation })
  }
}))
