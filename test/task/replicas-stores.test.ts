/** Replicas in processes of their own, on a real store: killed, restarted, and asked over real sockets. */
import t, { type Test } from 'tap'
import type { SendMessageResponse, StreamResponse, Task } from '../../schemas/v1/common.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { startRedis } from '../helpers/redis.ts'
import { startReplica, type Replica } from '../helpers/replicas.ts'
import { sendParams, type RpcBody, type SendOptions } from '../helpers/rpc.ts'
import { openStream, responseOf, type SseStream } from '../helpers/sse.ts'
import { until } from '../helpers/wait.ts'

t.setTimeout(120_000)

t.test('PostgreSQL', async t => {
  t.setTimeout(120_000)
  const server = await startPostgres(t)
  if (server !== undefined) await scenarios(t, server.connectionString)
})

t.test('Redis', async t => {
  t.setTimeout(120_000)
  const server = await startRedis(t)
  if (server !== undefined) await scenarios(t, server.url)
})

async function scenarios (t: Test, store: string): Promise<void> {
  const start = async (onCrash: 'fail' | 'retry') => await startReplica(t, store, onCrash)
  const [one, two] = await Promise.all([start('fail'), start('fail')])

  await t.test('cancel and follow-up on another replica', async t => {
    const staying = await send(one, 'stay', { returnImmediately: true })
    const askedAt = Date.now()
    t.match(await ask(two, 'CancelTask', { id: staying.id }), { status: { state: 'TASK_STATE_CANCELED' } })
    t.ok(Date.now() - askedAt < 1000)

    const counting = await send(one, 'count 20', { returnImmediately: true })
    const stream = await openStream(two.url, { method: 'SubscribeToTask', params: { id: counting.id } })
    t.match(await error(two, 'SendMessage', sendParams('count 30', { message: { taskId: counting.id } })), { code: -32004 }, 'the task ends before it is taken up')
    t.equal(textOf(await lastTask(two, stream, counting.id)), numbers(20))

    const asking = await send(one, 'ask')
    t.match(await send(two, 'ask', {}, asking.id), { status: { state: 'TASK_STATE_INPUT_REQUIRED' }, history: { length: 3 } })
    t.equal(textOf(await send(two, 'count 3', {}, asking.id)), numbers(3))
  })

  await t.test('a replica is killed: with fail, its tasks say so', async t => {
    const task = await send(one, 'stay', { returnImmediately: true })
    const stream = await openStream(two.url, { method: 'SubscribeToTask', params: { id: task.id } })
    await stream.next()
    await one.kill('SIGKILL')
    const failed = await lastTask(two, stream, task.id)
    t.match(failed.status, { state: 'TASK_STATE_FAILED', message: { parts: [{ text: /stopped before the task was done/ }] } })
    await two.kill('SIGTERM')
  })

  // Only now: whoever takes a task up decides what becomes of it.
  const [first, second, third] = await Promise.all([start('retry'), start('retry'), start('retry')])

  await t.test('a replica is killed: with retry, another goes on, and no number is missing or doubled', async t => {
    const counting = await send(first, 'count 60', { returnImmediately: true })
    const stream = await openStream(second.url, { method: 'SubscribeToTask', params: { id: counting.id } })
    const waiting = error(second, 'SendMessage', sendParams('count 70', { message: { taskId: counting.id } }))
    await stream.until(event => 'artifactUpdate' in responseOf(event))
    await first.kill('SIGKILL')
    t.equal(textOf(await lastTask(second, stream, counting.id)), numbers(60))
    t.equal(streamed(stream), numbers(60), 'nor on the stream')
    t.match(await waiting, { code: -32004 })
  })

  await t.test('a rolling restart: streams end resumably, and no caller sees an error', async t => {
    const counting = await openStream(second.url, { method: 'SendStreamingMessage', params: sendParams('count 100') })
    const { id } = taskOf(responseOf(await counting.next()))
    const blocking = ask<SendMessageResponse>(second, 'SendMessage', sendParams('count 100', { message: { contextId: 'blocking' } })).then(taskOf)
    await until(async () => (await ask<{ totalSize: number }>(third, 'ListTasks', { contextId: 'blocking' })).totalSize === 1)
    await counting.until(event => 'artifactUpdate' in responseOf(event))
    await second.kill('SIGTERM')
    t.match(counting.comments.join(' '), /shutting down/)
    t.equal((await blocking).status.state, 'TASK_STATE_SUBMITTED', 'who waits is answered with what there is')
    const seen = counting.events.at(-1)?.id ?? ''
    const resumed = await openStream(third.url, { method: 'SubscribeToTask', params: { id }, headers: { 'last-event-id': seen } })
    t.equal(textOf(await lastTask(third, resumed, id)), numbers(100))
    t.equal(streamed(counting) + streamed(resumed), numbers(100), 'the two streams have everything, once')
  })
}

async function post ({ url }: Replica, method: string, params: unknown): Promise<RpcBody> {
  const response = await fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json', 'a2a-version': '1.0' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  })
  return await response.json() as RpcBody
}

async function ask<T> (replica: Replica, method: string, params: unknown): Promise<T> {
  const body = await post(replica, method, params)
  if (body.error !== undefined) throw new Error(`${method}: ${JSON.stringify(body.error)}`)
  return body.result as T
}

async function error (replica: Replica, method: string, params: unknown): Promise<RpcBody['error']> {
  return (await post(replica, method, params)).error
}

async function send (replica: Replica, text: string, configuration: SendOptions['configuration'] = {}, taskId?: string): Promise<Task> {
  const message = taskId === undefined ? {} : { taskId }
  return taskOf(await ask<SendMessageResponse>(replica, 'SendMessage', sendParams(text, { configuration, message })))
}

function taskOf (response: SendMessageResponse | StreamResponse): Task {
  if ('task' in response) return response.task
  throw new Error(`a task was expected: ${JSON.stringify(response)}`)
}

/** The task when its stream has ended by itself. */
async function lastTask (replica: Replica, stream: SseStream, id: string): Promise<Task> {
  await stream.all()
  await until(async () => /COMPLETED|FAILED|CANCELED/.test((await ask<Task>(replica, 'GetTask', { id })).status.state))
  return await ask<Task>(replica, 'GetTask', { id })
}

function numbers (count: number): string {
  return Array.from({ length: count }, (_, i) => `${i + 1} `).join('')
}

function textOf ({ artifacts = [] }: Task): string {
  return artifacts.flatMap(({ parts }) => parts.map(({ text }) => text)).join('')
}

/** What the artifacts of a stream hold, chunk by chunk. */
function streamed ({ events }: SseStream): string {
  return events.map(event => {
    const response = responseOf(event)
    if ('artifactUpdate' in response) return response.artifactUpdate.artifact.parts.map(({ text }) => text).join('')
    return 'task' in response ? textOf(response.task) : ''
  }).join('')
}
