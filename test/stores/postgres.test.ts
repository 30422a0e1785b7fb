import { PGlite } from '@electric-sql/pglite'
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import pg from 'pg'
import t from 'tap'
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'
import a2a from '../../plugins/index.ts'
import postgresStore, { migratePostgres, openPostgresStore } from '../../plugins/postgres-store.ts'
import { testStore } from '../../lib/testing/index.ts'
import { entriesOf, readAll, rebuild } from '../../lib/testing/reader.ts'
import { Writer } from '../../lib/testing/writer.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { message, RpcClient } from '../helpers/rpc.ts'
import { openStream, responseOf } from '../helpers/sse.ts'
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

  t.test('the schema by a command', async t => {
    const main = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))
    const migrate = (...args: string[]) => promisify(execFile)(process.execPath, ['--import=tsx', main, 'migrate', ...args])
    for (let i = 0; i < 2; i++) t.equal((await migrate(connectionString, '--schema', 'by_command')).stdout, 'the tables are up to date\n')
    const store = await open({ schema: 'by_command', migrate: false })
    t.teardown(() => store.close())
    await Writer.create(store, scope)
    await t.rejects(migrate('postgres://postgres@127.0.0.1:1/postgres'), { code: 2, stderr: /^fastify-a2a: / })
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

t.test('PGlite on disk: a server that is killed in the middle of its writes has lost nothing that it had sent', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'a2a-pglite-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const start = async () => {
    const child = fork(new URL('./pglite-server.ts', import.meta.url), [join(folder, 'data')], { execArgv: ['--import=tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    t.teardown(() => child.kill('SIGKILL'))
    const [url] = await once(child, 'message')
    return { child, url: `${String(url)}/a2a` }
  }

  const first = await start()
  const stream = await openStream(first.url, { method: 'SendStreamingMessage', params: { message: message('go') } })
  const begun = responseOf(await stream.next())
  const id = 'task' in begun ? begun.task.id : ''
  await stream.until(({ id }) => Number(id) > 300)
  first.child.kill('SIGKILL')
  await stream.ended
  const seen = textOf(stream.events.map(responseOf))
  const last = stream.events.at(-1)?.id ?? ''

  const second = await start()
  const resumed = await openStream(second.url, { method: 'SubscribeToTask', params: { id }, headers: { 'last-event-id': last } })
  const rest = (await resumed.all()).map(responseOf)
  t.match(rest.at(-1), { statusUpdate: { status: { state: 'TASK_STATE_FAILED' } } }, 'found, and ended')
  const stored = await (await fetch(`${second.url}/tasks/${id}`, { headers: { 'a2a-version': '1.0' } })).json() as Task
  const text = stored.artifacts?.[0]?.parts.map(({ text }) => text).join('') ?? ''
  t.equal(text, seen + textOf(rest), 'what was seen and what came after the resumption is what is stored')
  t.equal(text, Array.from({ length: text.split(' ').length - 1 }, (_, i) => `${i} `).join(''), 'whole and in order')
})

function textOf (responses: readonly StreamResponse[]): string {
  return responses.flatMap(response => 'artifactUpdate' in response ? response.artifactUpdate.artifact.parts.map(({ text }) => text) : []).join('')
}

t.test('options that can\'t be meant', async t => {
  await t.rejects(openPostgresStore({}), { message: /exactly one of connectionString, pool and pglite/ })
  await t.rejects(openPostgresStore({ connectionString: 'postgres://x', pglite: 'memory://' }), { message: /exactly one/ })
  await t.rejects(openPostgresStore({ pglite: 'memory://', schema: 'drop table' }), { message: /schema must be/ })
  await t.rejects(openPostgresStore({ connectionString: 'postgres://postgres@127.0.0.1:1/postgres' }), { name: 'UnavailableError' })
})
