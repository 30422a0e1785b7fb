/** Two servers on one store: what a client sees when its requests reach now the one, now the other. */
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import type { AgentOptions } from '../../lib/agent/options.ts'
import type { Executor } from '../../lib/agent/executor.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import a2a from '../../plugins/a2a.ts'
import { agent, closeAfter, listen, logSink, stopped } from '../helpers/host.ts'
import { severable } from '../helpers/replicas.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'
import { openStream, responseOf, type SseStream } from '../helpers/sse.ts'
import { until } from '../helpers/wait.ts'

type Server = { app: FastifyInstance, url: string, rpc: RpcClient, cut (): void, lines: Array<Record<string, unknown>> }

async function servers (t: Test, executor: Executor, options: Partial<AgentOptions> = {}): Promise<[Server, Server]> {
  const store = createMemoryStore()
  t.teardown(() => store.close())
  const start = async (): Promise<Server> => {
    const wire = severable(store)
    const logger = logSink()
    const app = Fastify({ logger })
    closeAfter(t, app)
    await app.register(a2a, agent({ executor, store: wire.store, leaseTtl: 300, ...options }))
    return { app, url: `${await listen(app)}/a2a`, rpc: new RpcClient(app), cut: wire.cut, lines: logger.lines }
  }
  return [await start(), await start()]
}

/** Works until it is told to stop; `ask` asks. */
const work: Executor = async task => {
  if (task.text === 'ask') return await task.requireInput('What else?')
  await task.working(`attempt ${task.attempt}`)
  if (task.text !== 'twice' || task.attempt === 1) await stopped(task.signal)
}

const busy = { configuration: { returnImmediately: true } }

t.test('every operation works on the other server', async t => {
  const [one, two] = await servers(t, work)
  const { id } = await one.rpc.send('stay', busy)
  const stream = await openStream(two.url, { method: 'SubscribeToTask', params: { id } })
  await until(async () => (await two.rpc.get(id)).status.state === 'TASK_STATE_WORKING')
  t.match(await two.rpc.result('ListTasks'), { totalSize: 1, tasks: [{ id }] })
  const waiting = two.rpc.error('SendMessage', sendParams('next', { message: { taskId: id } }))
  await until(async () => (await one.rpc.get(id)).history?.length === 2)
  t.match(await two.rpc.result('CancelTask', { id }), { id, status: { state: 'TASK_STATE_CANCELED' } })
  t.match(await waiting, { code: -32004 })
  t.equal(lastState(await ended(stream)), 'TASK_STATE_CANCELED')
  t.match(await one.rpc.error('CancelTask', { id }), { code: -32002 })

  const asking = await one.rpc.send('ask')
  t.match(await two.rpc.send('ask', { message: { taskId: asking.id } }), { status: { state: 'TASK_STATE_INPUT_REQUIRED' } })
  t.match(await two.rpc.result('CancelTask', { id: asking.id }), { status: { state: 'TASK_STATE_CANCELED' } })
})

t.test('a message that another server takes still expects its generation there', async t => {
  const slow: Executor = async task => {
    await task.working()
    if (task.text === 'hold') await until(() => released)
    await task.requireInput('What else?')
  }
  let released = false
  const [one, two] = await servers(t, slow, { preview: { generation: true, longPoll: 0 } })
  const { id } = await one.rpc.send('hold', busy)
  await until(async () => (await two.rpc.get(id)).generation === '2')
  const expecting = (server: Server) => server.rpc.ask('SendMessage', { ...sendParams('next', { message: { taskId: id } }), configuration: { ifGenerationMatch: 2 } })
  const answers = Promise.all([expecting(two), expecting(two)])
  await until(async () => (await one.rpc.get(id)).history?.length === 3)
  released = true
  t.match(await answers, [{ body: { error: { code: -32010 } } }, { body: { error: { code: -32010 } } }], 'the turn before them has changed the task')

  const { generation } = await one.rpc.get(id)
  const raced = await Promise.all([one, two, one, two].map(async server => (await server.rpc.ask('SendMessage', {
    ...sendParams('next', { message: { taskId: id } }), configuration: { ifGenerationMatch: Number(generation) }
  })).body.error?.code))
  t.strictSame(raced.filter(code => code !== -32010), [undefined], 'of those that expect the same, one is taken')
})

t.test('what a server does when the other one has died is in its log, and in the task', async t => {
  const [one, two] = await servers(t, work)
  const { id } = await one.rpc.send('stay', busy)
  const stream = await openStream(two.url, { method: 'SubscribeToTask', params: { id } })
  await stream.next()
  one.cut()
  t.equal(lastState(await ended(stream)), 'TASK_STATE_FAILED')
  t.match((await two.rpc.get(id)).status.message, { role: 'ROLE_AGENT', parts: [{ text: 'The server that worked on the task stopped before the task was done' }] })
  t.match(two.lines.find(({ taskId, level }) => taskId === id && level === 40), { msg: 'the replica that worked on a task has gone', attempt: 1, onCrash: 'fail' })
})

t.test('a server that closes: its streams end resumably, its tasks go on, and nobody sees an error', async t => {
  const [one, two] = await servers(t, work, { onCrash: 'retry', leaseTtl: 3000 })
  const stream = await openStream(one.url, { method: 'SendStreamingMessage', params: sendParams('twice') })
  const first = responseOf(await stream.next())
  const id = 'task' in first ? first.task.id : ''
  await stream.until(event => 'statusUpdate' in responseOf(event))
  const blocking = fetch(one.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params: sendParams('twice') })
  })
  await until(async () => (await two.rpc.result<{ totalSize: number }>('ListTasks')).totalSize === 2)
  await one.app.close()
  t.ok(await stream.ended)
  t.match(stream.comments.join(' '), /shutting down/)
  t.match(stream.events.map(event => responseOf(event)).find(event => 'message' in event), undefined)
  const { result } = await (await blocking).json() as { result: { task: Task } }
  t.equal(result.task.status.state, 'TASK_STATE_WORKING', 'who waits is answered with what there is')
  const rest = await openStream(two.url, { method: 'SubscribeToTask', params: { id }, headers: { 'last-event-id': stream.events.at(-1)?.id ?? '' } })
  const responses = (await ended(rest)).events.map(event => responseOf(event))
  t.match(responses, [{ statusUpdate: { status: { message: { parts: [{ text: 'attempt 2' }] } } } }, { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } }])
  await until(async () => (await two.rpc.get(result.task.id)).status.state === 'TASK_STATE_COMPLETED')
})

t.test('tenants with agents of their own: each takes up its own tasks', async t => {
  const seen: string[] = []
  const named = (name: string) => ({
    card: { name, description: name },
    executor: async (task: Parameters<Extract<Executor, (...args: never) => unknown>>[0]) => {
      seen.push(`${name} ${task.tenant} ${task.attempt}`)
      if (task.attempt === 1) await stopped(task.signal)
    }
  })
  const [one, two] = await servers(t, work, { onCrash: 'retry', agents: { a: named('A'), b: named('B') } })
  const tasks = await Promise.all(['a', 'b'].map(tenant => one.rpc.result<{ task: Task }>('SendMessage', { tenant, ...sendParams('x', busy) })))
  one.cut()
  for (const [index, tenant] of ['a', 'b'].entries()) {
    await until(async () => (await two.rpc.result<Task>('GetTask', { tenant, id: tasks[index]?.task.id })).status.state === 'TASK_STATE_COMPLETED')
  }
  t.same(seen.toSorted(), ['A a 1', 'A a 2', 'B b 1', 'B b 2'])
})

async function ended (stream: SseStream): Promise<SseStream> {
  await stream.all()
  return stream
}

function lastState ({ events }: SseStream): string | undefined {
  const last = responseOf(events.at(-1))
  return 'statusUpdate' in last ? last.statusUpdate.status.state : undefined
}
