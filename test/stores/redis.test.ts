import t from 'tap'
import { openRedisStore } from '../../plugins/redis-store.ts'
import { testStore } from '../../lib/testing/index.ts'
import { startRedis } from '../helpers/redis.ts'

t.test('a server', async t => {
  const server = await startRedis(t)
  if (server === undefined) return
  const { url } = server
  const open = (options: object = {}) => openRedisStore({ url, ...options })

  t.test('the contract, with two connections', async t => {
    testStore((name, run) => t.test(name, run), { create: () => open(), replica: () => open(), retention: open })
  })
})
