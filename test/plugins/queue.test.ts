/** `execution: 'queue'`: servers that take messages, and workers that run them, joined by a job engine. */
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import type { AgentOptions } from '../../lib/agent/options.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import { JobServers, type JobQueue } from '../../lib/task/jobs.ts'
import type { TaskRef } from '../../lib/task/letters.ts'
import a2a from '../../plugins/index.ts'
import bullmqQueue from '../../plugins/bullmq-queue.ts'
import pgBossQueue from '../../plugins/pg-boss-queue.ts'
import { decorateQueue } from '../../plugins/queue.ts'
import { stopped } from '../helpers/host.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { startRedis } from '../helpers/redis.ts'
import { RpcClient } from '../helpers/rpc.ts'
import { openStream, responseOf } from '../helpers/sse.ts'
import { severable } from '../helpers/replicas.ts'
import { until } from '../helpers/wait.ts'

t.setTimeout(120_000)

type Register = (app: FastifyInstance, worker: boolean) => void | Promise<void>

t.test('jobs in memory', async t => {
  const { register, jobs } = memoryQueue()
  await scenarios(t, register)
  t.ok(jobs.length > 0)
})

t.test('BullMQ on Redis', async t => {
  const server = await startRedis(t)
  if (server !== undefined) await scenarios(t, (app, worker) => { void app.register(bullmqQueue, { connection: { url: server.url }, worker }) })
})

t.test('pg-boss on PostgreSQL', async t => {
  const server = await startPostgres(t)
  if (server !== undefined) await scenarios(t, (app, worker) => { void app.register(pgBossQueue, { connectionString: server.connectionString, worker, pollInterval: 50 }) })
})

async function scenarios (t: Test, register: Register): Promise<void> {
  const store = createMemoryStore()
  const where: string[] = []
  const start = async (name: string, worker: boolean) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await register(app, worker)
    await app.register(a2a, agent(severable(store).store, name, where))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { app, rpc: new RpcClient(app), url: `${app.listeningOrigin}/a2a` }
  }
  const web = await start('web', false)
  const [first, second] = [await start('first', true), await start('second', true)]

  await t.test('a message is answered by a worker, as if it had run here', async t => {
    const task = await web.rpc.send('hello')
    t.match(task, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'attempt 1: hello' }] }], history: { length: 1 } })
    t.not(where.at(-1), 'web')
  })

  await t.test('a stream has everything', async t => {
    const stream = await openStream(web.url, { method: 'SendStreamingMessage', params: { message: { messageId: 's', role: 'ROLE_USER', parts: [{ text: 'count' }] } } })
    const text = (await stream.all()).map(responseOf).flatMap(response => {
      const artifacts = 'task' in response ? response.task.artifacts ?? [] : 'artifactUpdate' in response ? [response.artifactUpdate.artifact] : []
      return artifacts.flatMap(({ parts }) => parts.map(({ text }) => text))
    }).join('')
    t.equal(text, '1 2 3 4 5 6 7 8 9 10 ')
  })

  await t.test('a question, its answer, and messages that come while it works', async t => {
    const asked = await web.rpc.send('ask')
    t.equal(asked.status.state, 'TASK_STATE_INPUT_REQUIRED')
    const [answered, again] = await Promise.all([
      web.rpc.send('ask', { message: { taskId: asked.id } }), web.rpc.send('ask', { message: { taskId: asked.id } })
    ])
    t.match([answered, again], [{ status: { state: 'TASK_STATE_INPUT_REQUIRED' } }, { status: { state: 'TASK_STATE_INPUT_REQUIRED' } }])
    const done = await web.rpc.send('done', { message: { taskId: asked.id } })
    t.match(done, { status: { state: 'TASK_STATE_COMPLETED' }, history: { length: 7 } }, 'four messages, and three questions')
  })

  await t.test('a cancel reaches the worker, and a task that waits for a worker', async t => {
    const { id } = await web.rpc.send('stay', { configuration: { returnImmediately: true } })
    await until(async () => (await web.rpc.result<Task>('GetTask', { id })).status.state === 'TASK_STATE_WORKING')
    t.match(await web.rpc.result('CancelTask', { id }), { status: { state: 'TASK_STATE_CANCELED' } })
  })

  await t.test('a worker that is closed leaves its work to another', async t => {
    const { id } = await web.rpc.send('stay twice', { configuration: { returnImmediately: true } })
    await until(async () => (await web.rpc.result<Task>('GetTask', { id })).status.state === 'TASK_STATE_WORKING')
    const worker = where.at(-1)
    await (worker === 'first' ? first : second).app.close()
    await until(async () => (await web.rpc.result<Task>('GetTask', { id })).status.state === 'TASK_STATE_COMPLETED')
    t.match(await web.rpc.result('GetTask', { id }), { artifacts: [{ parts: [{ text: 'attempt 2: stay twice' }] }] })
    t.not(where.at(-1), worker)
  })
}

function agent (store: AgentOptions['store'], name: string, where: string[]): AgentOptions {
  return {
    allowAnonymous: true,
    card: { name: 'Agent', description: 'Works elsewhere' },
    execution: 'queue',
    store,
    leaseTtl: 500,
    shutdownGrace: 0,
    onCrash: 'retry',
    async executor (task) {
      where.push(name)
      const [verb, again] = task.text.split(' ')
      if (verb === 'ask') return await task.requireInput('What else?')
      if (verb === 'stay' && !(again === 'twice' && task.attempt === 2)) {
        await task.working()
        return await stopped(task.signal)
      }
      if (verb === 'count') {
        for (let i = 1; i <= 10; i++) await task.artifact({ artifactId: 'numbers', text: `${i} `, append: true })
        return
      }
      return `attempt ${task.attempt}: ${task.text}`
    }
  }
}

/** An engine that forgets every third job: workers find what it forgets. */
function memoryQueue (): { register: Register, jobs: TaskRef[] } {
  const jobs: TaskRef[] = []
  const workers: JobServers[] = []
  const work = async (task: TaskRef): Promise<void> => {
    const worker = workers[jobs.length % workers.length]
    await worker?.work(task).catch(() => new Promise(resolve => setTimeout(resolve, 50)).then(() => work(task)))
  }
  const open = (isWorker: boolean): JobQueue => {
    const servers = new JobServers()
    return {
      isWorker,
      async add (task) {
        jobs.push(task)
        if (jobs.length % 3 === 0) throw new Error('forgotten')
        void work(task)
      },
      serve: server => servers.add(server),
      async start () { if (isWorker) workers.push(servers) },
      async rest () { if (isWorker) workers.splice(workers.indexOf(servers), 1) },
      async close () {}
    }
  }
  return { register: (app, worker) => decorateQueue(app, open(worker)), jobs }
}

t.test('without a queue, the agent says what is missing', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await t.rejects(async () => { await app.register(a2a, agent(undefined, 'web', [])) }, { code: 'A2A_ERR_OPTIONS', message: /execution: 'queue' needs a queue/ })
})
