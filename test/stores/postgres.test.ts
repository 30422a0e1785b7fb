import { PGlite } from '@electric-sql/pglite'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import pg from 'pg'
import t from 'tap'
import a2a from '../../plugins/index.ts'
import postgresStore, { migratePostgres, openPostgresStore } from '../../plugins/postgres-store.ts'
import { testStore } from '../../lib/testing/index.ts'
import { entriesOf, readAll, rebuild } from '../../lib/testing/reader.ts'
import { Writer } from '../../lib/testing/writer.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { RpcClient } from '../helpers/rpc.ts'
import { until } from '../helpers/wait.ts'

t.setTimeout(300_000)

const scope = { agent: 'agent', tenant: '', owner: 'owner' }

t.test('PGlite: the contract', async t => {
  const database = await PGlite.create('memory://')
  t.teardown(() => database.close())
  const open = (options: object = {}) => openPostgresStore({ pglite: database, ...options })
  testStore((name, run) => t.test(name, run), { create: open, retention: open })
})

t.test('a server', async t => {
  const server = await startPostgres(t)
  if (server === undefined) return
  const { connectionString } = server
  const open = (options: object = {}) => openPostgresStore({ connectionString, ...options })

  t.test('the contract, with two connections', async t => {
    testStore((name, run) => t.test(name, run), { create: () => open(), replica: () => open(), retention: open })
  })

  t.test('several servers make the schema at once', async t => {
    await Promise.all(Array.from({ length: 5 }, () => migratePostgres({ connectionString, schema: 'fresh' })))
    const store = await open({ schema: 'fresh', migrate: false })
    t.teardown(() => store.close())
    await Writer.create(store, scope)
  })

  t.test('a pool that is there already stays open', async t => {
    const pool = new pg.Pool({ connectionString })
    t.teardown(() => pool.end())
    const store = await openPostgresStore({ pool })
    await store.ping()
    await store.close()
    t.same((await pool.query('select 1 as one')).rows, [{ one: 1 }])
  })

  t.test('a live read and a writer outlive a crash of the database; nothing acknowledged is lost', async t => {
    const [store, replica] = await Promise.all([open(), open()])
    t.teardown(() => Promise.all([store.close(), replica.close()]))
    const writer = await Writer.create(store, scope)
    const reading = readAll(replica, scope, writer.taskId, { after: 0 })
    for (let i = 0; i < 20; i++) await writer.chunk('a', `${i} `)
    await server.stop('SIGQUIT')
    await t.rejects(store.get(scope, writer.taskId), { name: 'UnavailableError' })
    await t.rejects(store.ping(), { name: 'UnavailableError' })
    await server.start()
    await until(() => store.ping().then(() => true, () => false))
    for (let i = 20; i < 40; i++) await writer.chunk('a', `${i} `)
    await writer.finish()
    const batches = await reading
    const text = Array.from({ length: 40 }, (_, i) => `${i} `).join('')
    t.equal(rebuild(batches).artifacts?.[0]?.parts[0]?.text, text)
    t.equal(entriesOf(batches).length, 42)
  })

  t.test('what one connection appends, another hears of at once', async t => {
    const [store, replica] = await Promise.all([open({ pollInterval: 60_000 }), open({ pollInterval: 60_000 })])
    t.teardown(() => Promise.all([store.close(), replica.close()]))
    const writer = await Writer.create(store, scope)
    const reader = replica.read(scope, writer.taskId, { after: 1 })[Symbol.asyncIterator]()
    const delays: number[] = []
    let next = reader.next()
    await new Promise(resolve => setTimeout(resolve, 200)) // until it listens
    for (let i = 0; i < 50; i++) {
      const begun = performance.now()
      await writer.chunk('a', 'x')
      await next
      delays.push(performance.now() - begun)
      next = reader.next()
    }
    await writer.finish()
    await next
    delays.sort((a, b) => a - b)
    t.comment(`from append to reader: median ${delays[25]?.toFixed(1)} ms, slowest ${delays[49]?.toFixed(1)} ms`)
    t.ok(delays.every(delay => delay < 10_000), 'none had to wait for the poll')
  })

  t.test('an agent goes on with its tasks after a restart', async t => {
    const start = async () => {
      const app = Fastify()
      await app.register(postgresStore, { connectionString, schema: 'restart' })
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
})

t.test('PGlite on disk: a killed process has lost nothing that it had acknowledged', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'a2a-pglite-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const child = fork(new URL('./pglite-writer.ts', import.meta.url), [join(folder, 'data')], { execArgv: ['--import=tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const acknowledged = { taskId: '', generation: 0 }
  child.on('message', message => Object.assign(acknowledged, message))
  await until(() => acknowledged.generation > 150)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = await openPostgresStore({ pglite: join(folder, 'data') })
  t.teardown(() => store.close())
  const snapshot = await store.get(scope, acknowledged.taskId)
  t.ok(snapshot !== undefined && snapshot.generation >= acknowledged.generation, `${snapshot?.generation} of ${acknowledged.generation} acknowledged`)
  const text = Array.from({ length: (snapshot?.generation ?? 0) - 1 }, (_, i) => `${i} `).join('')
  t.equal(snapshot?.task.artifacts?.[0]?.parts[0]?.text, text)
})

t.test('options that can\'t be meant', async t => {
  await t.rejects(openPostgresStore({}), { message: /exactly one of connectionString, pool and pglite/ })
  await t.rejects(openPostgresStore({ connectionString: 'postgres://x', pglite: 'memory://' }), { message: /exactly one/ })
  await t.rejects(openPostgresStore({ pglite: 'memory://', schema: 'drop table' }), { message: /schema must be/ })
  await t.rejects(openPostgresStore({ connectionString: 'postgres://postgres@127.0.0.1:1/postgres' }), { name: 'UnavailableError' })
})
