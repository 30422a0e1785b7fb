import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fastifyRedis from '@fastify/redis'
import Fastify from 'fastify'
import { Cluster, Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { testStore } from '../../lib/testing/index.ts'
import { entriesOf, readAll, rebuild } from '../../lib/testing/reader.ts'
import { Writer } from '../../lib/testing/writer.ts'
import type { ReadBatch } from '../../lib/task/store.ts'
import a2a from '../../plugins/index.ts'
import redisStore, { openRedisStore } from '../../plugins/redis-store.ts'
import { startRedis, startRedisCluster } from '../helpers/redis.ts'
import { RpcClient } from '../helpers/rpc.ts'
import { until } from '../helpers/wait.ts'

t.setTimeout(300_000)

const scope = { agent: 'agent', tenant: '', owner: 'owner' }

t.test('a server', async t => {
  const server = await startRedis(t)
  if (server === undefined) return
  const { url } = server
  const open = (options: object = {}) => openRedisStore({ url, ...options })

  t.test('the contract, with two connections', async t => {
    testStore((name, run) => t.test(name, run), { create: () => open(), replica: () => open(), retention: open })
  })

  t.test('the contract, with many shards', async t => {
    const sharded = (options: object = {}) => open({ prefix: 'sharded', shards: 7, ...options })
    testStore((name, run) => t.test(name, run), { create: () => sharded(), replica: () => sharded(), retention: sharded })
  })

  t.test('what one process appends, another hears of at once', async t => {
    const [store, replica] = await Promise.all([open({ pollInterval: 60_000 }), open({ pollInterval: 60_000 })])
    t.teardown(() => Promise.all([store.close(), replica.close()]))
    const writer = await Writer.create(store, scope)
    const reader = replica.read(scope, writer.taskId, { after: 1 })[Symbol.asyncIterator]()
    const delays: number[] = []
    let next = reader.next()
    await new Promise(resolve => setTimeout(resolve, 100)) // until it listens
    for (let i = 0; i < 100; i++) {
      const begun = performance.now()
      await writer.chunk('a', i === 50 ? 'x'.repeat(100_000) : 'x')
      await next
      delays.push(performance.now() - begun)
      next = reader.next()
    }
    await writer.finish()
    await next
    delays.sort((a, b) => a - b)
    t.comment(`from append to reader: median ${delays[50]?.toFixed(1)} ms, slowest ${delays[99]?.toFixed(1)} ms`)
    t.ok(delays.every(delay => delay < 10_000), 'none had to wait for the poll')
  })

  t.test('readers go on when every connection is cut again and again', async t => {
    const [store, replica, admin] = [await open(), await open(), new Redis(url)]
    t.teardown(async () => {
      admin.disconnect()
      await Promise.all([store.close(), replica.close()])
    })
    const writer = await Writer.create(store, scope)
    const readings = [store, replica].map(each => readAll(each, scope, writer.taskId, { after: 0 }))
    for (let i = 0; i < 30; i++) {
      if (i % 10 === 5) for (const type of ['pubsub', 'normal']) await admin.call('CLIENT', 'KILL', 'TYPE', type)
      await insist(writer, () => writer.chunk('a', `${i} `))
    }
    await insist(writer, () => writer.finish())
    for (const batches of await Promise.all(readings)) {
      t.equal(rebuild(batches).artifacts?.[0]?.parts[0]?.text, numbers(30))
      t.equal(entriesOf(batches).length, 32)
    }
  })

  t.test('a command that a client sends again, because its answer was lost, is carried out once', async t => {
    const [client, admin] = [new Redis(url), new Redis(url)]
    const store = await openRedisStore({ client })
    t.teardown(async () => {
      await store.close()
      for (const each of [client, admin]) each.disconnect()
    })
    const writer = await Writer.create(store, scope)
    let cuts = 0
    for (let i = 0; i < 300; i++) {
      const written = writer.chunk('a', `${i} `)
      if (i % 10 === 0) cuts += Number(await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))
      await written
    }
    t.ok(cuts >= 30, `${cuts} cuts`)
    const { task } = await store.get(scope, writer.taskId) ?? {}
    t.equal(task?.artifacts?.[0]?.parts[0]?.text, numbers(300))
  })

  t.test('a live read and a writer outlive a crash of the server; nothing acknowledged is lost', async t => {
    const [store, replica] = await Promise.all([open(), open()])
    t.teardown(() => Promise.all([store.close(), replica.close()]))
    const writer = await Writer.create(store, scope)
    const readings = [store, replica].map(each => readAll(each, scope, writer.taskId, { after: 0 }))
    for (let i = 0; i < 20; i++) await writer.chunk('a', `${i} `)
    await server.stop('SIGKILL')
    await t.rejects(store.get(scope, writer.taskId), { name: 'UnavailableError', retryAfter: 1000 })
    await t.rejects(store.ping(), { name: 'UnavailableError' })
    await server.start()
    await until(() => store.ping().then(() => true, () => false))
    for (let i = 20; i < 40; i++) await writer.chunk('a', `${i} `)
    await writer.finish()
    for (const batches of await Promise.all(readings)) {
      t.equal(rebuild(batches).artifacts?.[0]?.parts[0]?.text, numbers(40))
      t.equal(entriesOf(batches).length, 42)
    }
  })

  t.test('a server that says nothing is one that can\'t be reached', async t => {
    const store = await open({ commandTimeout: 200 })
    t.teardown(() => store.close())
    const writer = await Writer.create(store, scope)
    const reading = readAll(store, scope, writer.taskId, { after: 0 })
    server.freeze()
    await t.rejects(store.get(scope, writer.taskId), { name: 'UnavailableError' })
    await t.rejects(store.ping(), { name: 'UnavailableError' })
    server.thaw()
    await until(() => store.ping().then(() => true, () => false))
    await writer.finish()
    t.equal(entriesOf(await reading).length, 2)
  })

  t.test('a server that is killed while another process writes has everything that it had acknowledged', async t => {
    const { child, acknowledged } = startWriter(t, url)
    await until(() => acknowledged.size === 10 && Math.min(...acknowledged.values()) > 30)
    await server.stop('SIGKILL')
    await once(child, 'exit')
    await server.start()
    const store = await open()
    t.teardown(() => store.close())
    for (const [taskId, generation] of acknowledged) {
      const snapshot = await store.get(scope, taskId)
      t.ok(snapshot !== undefined && snapshot.generation >= generation, `${snapshot?.generation} of ${generation} acknowledged`)
      t.equal(snapshot?.task.artifacts?.[0]?.parts[0]?.text, numbers((snapshot?.generation ?? 0) - 1))
    }
  })

  t.test('a client that is there already stays open', async t => {
    const app = Fastify()
    await app.register(fastifyRedis, { url })
    await app.register(redisStore, { client: app.redis })
    await app.a2aStore.ping()
    await app.a2aStore.close()
    t.equal(await app.redis.ping(), 'PONG')
    await app.close()
  })

  t.test('an agent goes on with its tasks after a restart', async t => {
    const start = async () => {
      const app = Fastify()
      await app.register(redisStore, { url, prefix: 'restart' })
      await app.register(a2a, {
        allowAnonymous: true,
        card: { name: 'Clerk', description: 'Asks for a name' },
        async * executor (task) {
          if (task.task === undefined) yield task.requireInput('What is your name?')
          else yield task.complete(`Hello ${task.text}`)
        }
      })
      return { app, rpc: new RpcClient(app) }
    }
    const first = await start()
    const asked = await first.rpc.send('hello')
    t.equal(asked.status.state, 'TASK_STATE_INPUT_REQUIRED')
    await first.app.close()
    const second = await start()
    t.teardown(() => second.app.close())
    const done = await second.rpc.send('Ada', { message: { taskId: asked.id } })
    t.equal(done.status.state, 'TASK_STATE_COMPLETED')
    t.equal(done.status.message?.parts[0]?.text, 'Hello Ada')
  })

  t.test('nothing is left of tasks whose time is over', async t => {
    const store = await open({ prefix: 'gone', taskTtl: 50, waitingTtl: 50, logTtl: 10 })
    t.teardown(() => store.close())
    const finished = await Writer.create(store, scope, { state: 'TASK_STATE_WORKING' })
    await store.putPushConfig(scope, finished.taskId, { id: 'a', config: '{}' })
    await finished.finish()
    const [claim] = await store.claimPushes('agent', { ttl: 1000, limit: 1 })
    if (claim !== undefined) await store.settlePush(claim, { after: finished.generation, attempts: 0 })
    const waiting = await Writer.create(store, scope, { state: 'TASK_STATE_INPUT_REQUIRED' })
    await store.post(scope, waiting.taskId, { id: '1', body: 'x' })
    await store.release(scope, waiting.taskId, waiting.lease)
    await store.remember(scope, 'key', { fingerprint: 'x', taskId: 'y' }, 50)
    const client = new Redis(url)
    t.teardown(() => client.disconnect())
    const keys = async () => (await client.keys('*gone*')).sort()
    t.ok((await keys()).length > 2)
    await until(async () => (await keys()).length === 2)
    t.same(await keys(), ['gone:shards', '{gone:0}:order:'])
  })

  t.test('options that can\'t be meant', async t => {
    await t.rejects(openRedisStore({}), { message: /exactly one of url and client/ })
    await t.rejects(openRedisStore({ url, client: new Redis({ lazyConnect: true }) }), { message: /exactly one/ })
    await t.rejects(openRedisStore({ url: 'http://localhost' }), { message: /url must begin with redis:/ })
    await t.rejects(openRedisStore({ url: 'redis://127.0.0.1:1' }), { name: 'UnavailableError', retryAfter: 1000 })
    await t.rejects(openRedisStore({ client: new Redis({ lazyConnect: true, keyPrefix: 'x:' }) }), { message: /no keyPrefix/ })
    await t.rejects(open({ prefix: '{x}' }), { message: /prefix must be/ })
    await t.rejects(open({ shards: 0 }), { message: /shards must be a number/ })
    await t.rejects(open({ prefix: 'sharded', shards: 3 }), { message: /shards must be 7/ })
  })
})

t.test('a server that forgets', async t => {
  const server = await startRedis(t, { appendfsync: 'no', args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] })
  if (server === undefined) return
  const { url } = server

  t.test('the log says so at start', async t => {
    const warnings: string[] = []
    const store = await openRedisStore({ url, onWarning: warning => warnings.push(warning) })
    await store.close()
    t.match(warnings.join(), /maxmemory-policy is allkeys-lru.*appendonly is no/)
  })

  t.test('what was lost with the server is not kept up for readers: a snapshot says where the task stands', async t => {
    const [store, replica, admin] = [await openRedisStore({ url }), await openRedisStore({ url }), new Redis(url)]
    t.teardown(async () => {
      admin.disconnect()
      await Promise.all([store.close(), replica.close()])
    })
    const writer = await Writer.create(store, scope)
    const logs: ReadBatch[][] = [[], []]
    const readings = [store, replica].map(async (each, i) => {
      for await (const batch of each.read(scope, writer.taskId, { after: 0 })) logs[i]?.push(batch)
    })
    for (let i = 0; i < 10; i++) await writer.chunk('a', `${i} `)
    await admin.save()
    for (let i = 10; i < 20; i++) await writer.chunk('a', `${i} `)
    await server.stop('SIGKILL')
    await server.start()
    await until(() => store.ping().then(() => true, () => false))
    await t.rejects(writer.chunk('a', '20 '), { name: 'StaleWriteError' })
    await until(() => logs.every(batches => batches.some(batch => 'snapshot' in batch)))
    writer.generation = 11
    await writer.chunk('a', 'on ')
    await writer.finish()
    await Promise.all(readings)
    for (const batches of logs) {
      const rest = batches.slice(batches.findIndex(batch => 'snapshot' in batch))
      t.match(rest[0], { snapshot: { generation: 11 } })
      t.equal(rebuild(rest).artifacts?.[0]?.parts[0]?.text, `${numbers(10)}on `)
    }
  })

  t.test('a read of a task that is gone ends', async t => {
    const store = await openRedisStore({ url })
    t.teardown(() => store.close())
    const writer = await Writer.create(store, scope)
    const reading = readAll(store, scope, writer.taskId)
    await writer.chunk('a', 'x')
    const admin = new Redis(url)
    await admin.flushall()
    admin.disconnect()
    t.equal(entriesOf(await reading).length, 1)
  })
})

t.test('a cluster', async t => {
  const nodes = await startRedisCluster(t)
  if (nodes === undefined) return
  const clients: Cluster[] = []
  t.teardown(() => { for (const client of clients) client.disconnect() })
  const client = () => clients[clients.push(new Cluster(nodes)) - 1] as Cluster
  const [one, other] = [client(), client()]

  t.test('the contract, with two connections', async t => {
    const open = (options: object = {}) => openRedisStore({ client: one, ...options })
    testStore((name, run) => t.test(name, run), { create: () => open(), replica: () => openRedisStore({ client: other }), retention: open })
  })

  t.test('owners are spread over all nodes', async t => {
    const sizes = await Promise.all(one.nodes('master').map(node => node.dbsize()))
    t.ok(sizes.every(size => size > 0), sizes.join(', '))
  })
})

/** A process that writes to several tasks at once. */
function startWriter (t: Test, url: string): { child: ChildProcess, acknowledged: Map<string, number> } {
  const child = fork(new URL('./redis-writer.ts', import.meta.url), [url], { execArgv: ['--import=tsx'], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  t.teardown(() => child.kill('SIGKILL'))
  const acknowledged = new Map<string, number>()
  child.on('message', message => {
    const { taskId, generation } = message as { taskId: string, generation: number } // as the writer sends it
    acknowledged.set(taskId, generation)
  })
  return { child, acknowledged }
}

/** As the engine does: an append that failed because the store was away may have been made. */
async function insist (writer: Writer, write: () => Promise<number>): Promise<void> {
  for (let isLost = false; ; isLost = true) {
    try {
      await write()
      return
    } catch (error) {
      if (!(error instanceof Error) || (error.name === 'StaleWriteError' && !isLost)) throw error
      if (error.name === 'StaleWriteError') {
        writer.generation += 1
        return
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

function numbers (count: number): string {
  return Array.from({ length: count }, (_, i) => `${i} `).join('')
}
