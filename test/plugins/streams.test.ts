/** Streams over real sockets: order, resumption, backpressure, and what is left when they end. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { StreamResult } from '../../schemas/v0_3/common.ts'
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'
import type { Executor, TaskContext } from '../../lib/agent/executor.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import type { ReadOptions, Scope } from '../../lib/task/store.ts'
import a2a from '../../plugins/a2a.ts'
import { agent, closeAfter, host, listen, logSink, obey, stopped, type HostOptions } from '../helpers/host.ts'
import { message, message03, RpcClient, sendParams } from '../helpers/rpc.ts'
import { bodyOf, openStream, responseOf, type SseEvent, type SseStream, type StreamRequest } from '../helpers/sse.ts'
import { storeWith, watchedStore } from '../helpers/stores.ts'
import { closed, gate, until } from '../helpers/wait.ts'

async function serve (t: Test, options: HostOptions = {}) {
  const app = await host(t, options)
  const url = `${await listen(app)}/a2a`
  return {
    app,
    url,
    rpc: new RpcClient(app),
    open: (method: string, params: unknown, more: Partial<StreamRequest> = {}) => openStream(url, { method, params, ...more })
  }
}

/** A task that shows some of everything, then waits for `finish`. */
function lively (chunks = 5) {
  const { opened, open: finish } = gate()
  const executor: Executor = async task => {
    await task.working('Looking')
    const text = task.artifactStream({ name: 'text' })
    for (let i = 0; i < chunks; i++) {
      await text.write(`chunk ${i}; `)
      if (i % 2 === 0) await nextTurn()
    }
    await task.artifact({ name: 'data', data: { found: chunks } })
    await opened
    await text.end('end')
  }
  return { executor, finish }
}

const ids = (events: readonly SseEvent[]) => events.map(({ id }) => Number(id))
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)

/** What a client makes of a stream that starts with the Task. */
function rebuild (events: readonly SseEvent[]): Task {
  const [first, ...rest] = events.map(responseOf)
  if (first === undefined || !('task' in first)) throw new Error('a stream starts with the task')
  const task = structuredClone(first.task)
  for (const response of rest) apply(task, response)
  return task
}

function apply (task: Task, response: StreamResponse): void {
  if ('statusUpdate' in response) task.status = response.statusUpdate.status
  if (!('artifactUpdate' in response)) return
  const { artifact, append } = response.artifactUpdate
  task.artifacts ??= []
  const index = task.artifacts.findIndex(({ artifactId }) => artifactId === artifact.artifactId)
  const known = task.artifacts[index]
  if (known === undefined) task.artifacts.push(structuredClone(artifact))
  else if (append === true) known.parts.push(...artifact.parts)
  else task.artifacts[index] = structuredClone(artifact)
}

/** Adjacent text belongs together, however it was cut. */
function contents ({ artifacts = [] }: Task) {
  return artifacts.map(({ artifactId, name, parts }) => ({
    artifactId, name, text: parts.map(({ text = '' }) => text).join(''), data: parts.flatMap(({ data }) => data ?? [])
  }))
}

async function taskIdOf (stream: SseStream): Promise<string> {
  const first = responseOf(await stream.next())
  if ('task' in first) return first.task.id
  throw new Error('a stream starts with the task')
}

/** A client that sends a request and never reads what comes. */
async function neverRead (t: Test, url: string, method: string, params: unknown): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url)
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const socket = net.connect(Number(port), hostname)
  t.teardown(() => { socket.destroy() })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.pause()
  socket.write(`POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\na2a-version: 1.0\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  return socket
}

t.test('the stream of a send', async t => {
  t.test('starts with the task, tells everything in order, and ends with it', async t => {
    for (const pace of [async () => {}, async () => { await nextTurn() }]) {
      const { rpc, open } = await serve(t, {
        executor: async task => {
          await task.working('Looking')
          await pace()
          await task.artifact({ artifactId: 'a', text: 'one ' })
          await pace()
          await task.artifact({ artifactId: 'a', text: 'two', append: true, lastChunk: true })
          await pace()
          await task.complete('Done')
        }
      })
      const stream = await open('SendStreamingMessage', sendParams('go'))
      const events = await stream.all()
      t.equal(await stream.ended, true, 'the response is complete')
      t.strictSame(ids(events), range(1, 5))
      t.match(events.map(responseOf), [
        { task: { status: { state: 'TASK_STATE_SUBMITTED' }, history: [{ parts: [{ text: 'go' }] }] } },
        { statusUpdate: { status: { state: 'TASK_STATE_WORKING', message: { parts: [{ text: 'Looking' }] } } } },
        { artifactUpdate: { artifact: { artifactId: 'a', parts: [{ text: 'one ' }] } } },
        { artifactUpdate: { artifact: { parts: [{ text: 'two' }] }, append: true, lastChunk: true } },
        { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED', message: { parts: [{ text: 'Done' }] } } } }
      ])
      for (const event of events) t.match(bodyOf(event), { jsonrpc: '2.0', id: 1 })
      const stored = await rpc.get(rebuild(events).id)
      t.strictSame(contents(rebuild(events)), contents(stored))
      t.strictSame(rebuild(events).status, stored.status)
    }
  })

  t.test('headers', async t => {
    const app = Fastify()
    closeAfter(t, app)
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('x-host', 'yes').header('cache-control', 'max-age=60').header('set-cookie', ['a=1', 'b=2'])
      reply.raw.setHeader('x-raw', 'yes') // as middleware does
    })
    await app.register(a2a, agent())
    const stream = await openStream(`${await listen(app)}/a2a`, { method: 'SendStreamingMessage', params: sendParams('go') })
    t.equal(stream.status, 200)
    t.match(stream.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no', 'x-host': 'yes', 'x-raw': 'yes', 'set-cookie': ['a=1', 'b=2'] })
    t.notOk('content-length' in stream.headers)
    await stream.all()
  })

  t.test('a bare message is all there is', async t => {
    const { open } = await serve(t, { executor: obey })
    const [event, ...rest] = await (await open('SendStreamingMessage', sendParams('reply'))).all()
    t.match(responseOf(event), { message: { role: 'ROLE_AGENT', parts: [{ text: 'Just a message' }] } })
    t.equal(event?.id, undefined, 'there is nothing to resume')
    t.strictSame(rest, [])
  })

  t.test('what fails before the first event is an ordinary error', async t => {
    const { open } = await serve(t)
    for (const [method, params, code] of [['SendStreamingMessage', {}, -32602], ['SubscribeToTask', { id: 'unknown' }, -32001]] as const) {
      const stream = await open(method, params)
      t.match(stream.headers['content-type'], /^application\/json/, method)
      await stream.ended
      t.match(JSON.parse(stream.text), { id: 1, error: { code } })
    }
  })

  t.test('ends where the agent needs its client; a subscription goes on', async t => {
    const { rpc, open } = await serve(t, { executor: obey })
    const stream = await open('SendStreamingMessage', sendParams('ask'))
    const events = await stream.all()
    t.match(responseOf(events.at(-1)), { statusUpdate: { status: { state: 'TASK_STATE_INPUT_REQUIRED' } } })
    const { id } = rebuild(events)
    const subscription = await open('SubscribeToTask', { id })
    t.match(responseOf(await subscription.next()), { task: { id, status: { state: 'TASK_STATE_INPUT_REQUIRED' } } })

    const followUp = await open('SendStreamingMessage', { message: message('ask', { taskId: id }) })
    t.match(responseOf(await followUp.next()), { task: { id, history: { length: 3 } } }, 'a follow-up starts with the task as it then is')
    await followUp.all()
    await rpc.send('enough', { message: { taskId: id } })
    const seen = (await subscription.all()).slice(1).map(responseOf)
    t.match(seen, [
      { statusUpdate: { status: { state: 'TASK_STATE_WORKING' } } },
      { statusUpdate: { status: { state: 'TASK_STATE_INPUT_REQUIRED' } } },
      { statusUpdate: { status: { state: 'TASK_STATE_WORKING' } } },
      { artifactUpdate: { artifact: { parts: [{ text: 'enough' }] } } },
      { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } }
    ])
  })

  t.test('stays open in AUTH_REQUIRED while the executor waits for the authorization', async t => {
    const { opened, open: authorize } = gate()
    const { open } = await serve(t, {
      executor: async task => {
        await task.requireAuth('Sign in')
        await opened
        await task.working('Thanks')
        return 'done'
      }
    })
    const stream = await open('SendStreamingMessage', sendParams('go'))
    await stream.until(({ data }) => data.includes('AUTH_REQUIRED'))
    authorize()
    t.match((await stream.all()).slice(2).map(responseOf), [{ statusUpdate: { status: { state: 'TASK_STATE_WORKING' } } }, { artifactUpdate: {} }, { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } }])
  })
})

t.test('0.3', async t => {
  const { open } = await serve(t, { executor: obey })
  const v03 = { version: '0.3' }
  const results = (events: readonly SseEvent[]) => events.map(event => bodyOf(event).result as StreamResult)

  t.test('kind tells events apart, final says which is the last', async t => {
    const events = await (await open('message/stream', { message: message03('hello') }, v03)).all()
    t.strictSame(ids(events), [1, 2, 3])
    t.match(results(events), [
      { kind: 'task', status: { state: 'submitted' }, history: [{ kind: 'message', role: 'user' }] },
      { kind: 'artifact-update', artifact: { parts: [{ kind: 'text', text: 'hello' }] } },
      { kind: 'status-update', status: { state: 'completed' }, final: true }
    ])
  })

  t.test('an agent that asks ends the stream', async t => {
    const events = await (await open('message/stream', { message: message03('ask') }, v03)).all()
    t.match(results(events).at(-1), { kind: 'status-update', status: { state: 'input-required' }, final: true })
    const [first] = results(events)
    const taskId = first?.kind === 'task' ? first.id : ''
    const again = await open('tasks/resubscribe', { id: taskId }, v03)
    t.match(bodyOf(await again.next()).result, { kind: 'task', id: taskId, status: { state: 'input-required' } })
    const next = results(await (await open('message/stream', { message: message03('thanks', { taskId }) }, v03)).all())
    t.match(next[0], { kind: 'task', id: taskId })
    t.match(next.at(-1), { kind: 'status-update', final: true })
    const seen = results((await again.all()).slice(1))
    t.match(seen.at(-1), { status: { state: 'completed' }, final: true })
    t.match(seen[0], { status: { state: 'working' }, final: false })
  })

  t.test('what fails is a stream with an error in it', async t => {
    const stream = await open('tasks/resubscribe', { id: 'unknown' }, v03)
    t.equal(stream.headers['content-type'], 'text/event-stream')
    t.strictSame((await stream.all()).map(bodyOf), [{ jsonrpc: '2.0', id: 1, error: { code: -32001, message: 'Task not found' } }])
  })
})

t.test('subscriptions', async t => {
  t.test('joined at any moment, rebuild what is stored', async t => {
    const steps = Array.from({ length: 60 }, gate)
    const { app, rpc, open } = await serve(t, {
      executor: async task => {
        const text = task.artifactStream({ name: 'text' })
        for (const [i, { opened }] of steps.entries()) {
          await opened
          if (i % 7 === 3) await task.artifact({ artifactId: 'replaced', name: 'replaced', text: `version ${i}` })
          else if (i % 11 === 5) await task.working(`step ${i}`)
          else await text.write(`${i},`)
        }
        await text.end('end')
      }
    })
    const { id } = await rpc.send('go', { configuration: { returnImmediately: true } })
    const joining: Array<Promise<SseStream>> = []
    for (const [i, step] of steps.entries()) {
      if (i % 2 === 0) joining.push(open('SubscribeToTask', { id }))
      step.open()
      for (let turns = Math.floor(Math.random() * 4); turns > 0; turns--) await nextTurn()
      // Some join while others are already reading.
      if (i === 30) await Promise.all(joining)
    }
    const streams = (await Promise.all(joining)).filter(({ headers }) => headers['content-type'] === 'text/event-stream')
    t.ok(streams.length >= 15, 'most came in time')
    await until(async () => (await rpc.get(id)).status.state === 'TASK_STATE_COMPLETED')
    const stored = await rpc.get(id)
    for (const stream of streams) {
      const events = await stream.all()
      const [first = 0] = ids(events)
      t.strictSame(ids(events), range(first, first + events.length - 1), 'without a gap, each once')
      t.strictSame(contents(rebuild(events)), contents(stored))
      t.strictSame(rebuild(events).status, stored.status)
    }
    t.equal(app.a2a.agents[0]?.activeTurns, 0)
  })

  t.test('see the same events in the same order', async t => {
    const { executor, finish } = lively()
    const { open } = await serve(t, { executor })
    const sender = await open('SendStreamingMessage', sendParams('go'))
    const id = await taskIdOf(sender)
    const others = await Promise.all(range(1, 10).map(() => open('SubscribeToTask', { id })))
    finish()
    const all = await sender.all()
    for (const other of others) {
      const [first, ...rest] = await other.all()
      t.strictSame(rest.map(({ id, data }) => [id, data]), all.filter(({ id }) => Number(id) > Number(first?.id)).map(({ id, data }) => [id, data]))
    }
  })

  t.test('to what has ended are refused', async t => {
    const { rpc } = await serve(t)
    const { id } = await rpc.send('x')
    t.match(await rpc.error('SubscribeToTask', { id }), { code: -32004, data: [{ metadata: { taskId: id } }] })
  })
})

t.test('Last-Event-ID', async t => {
  const { executor, finish } = lively()
  const { open } = await serve(t, { executor })
  const sender = await open('SendStreamingMessage', sendParams('go'))
  const id = await taskIdOf(sender)
  await sender.until(({ data }) => data.includes('found'))
  const soFar = sender.events.slice()
  const resume = (after: number | string) => open('SubscribeToTask', { id }, { headers: { 'last-event-id': String(after) } })

  t.test('a live stream that was cut after any event goes on with the next one', async t => {
    for (const [index, { id: cutAfter }] of soFar.entries()) {
      const stream = await resume(Number(cutAfter))
      for (const expected of soFar.slice(index + 1)) t.strictSame(await stream.next(), expected)
      await stream.cut()
    }
  })

  t.test('cut and resumed again and again, nothing is missing or doubled', async t => {
    const seen: SseEvent[] = []
    for (let after = 0; after < soFar.length; after = ids(seen).at(-1) ?? 0) {
      const stream = await resume(after)
      for (let i = 0; i < 2 && seen.length < soFar.length; i++) {
        const event = await stream.next()
        if (event !== undefined) seen.push(event)
      }
      await stream.cut()
    }
    t.strictSame(seen, soFar)
  })

  t.test('what is not one of our ids starts with the task', async t => {
    for (const after of ['x', '-1', '1.5', '99999999999999999999', '1000000']) {
      const stream = await resume(after)
      const first = await stream.next()
      t.match(responseOf(first), { task: { id } }, after)
      t.equal(first?.id, String(soFar.length), after)
      await stream.cut()
    }
  })

  t.test('works after the end, as long as something is missing', async t => {
    finish()
    const all = await sender.all()
    t.strictSame(ids(all), range(1, all.length))
    for (const after of range(0, all.length - 1)) {
      const stream = await resume(after)
      t.strictSame(await stream.all(), all.slice(after), `after ${after}`)
      t.equal(await stream.ended, true)
    }
    const nothing = await resume(all.length)
    await nothing.ended
    t.match(JSON.parse(nothing.text), { error: { code: -32004 } })
  })

  t.test('works in 0.3', async t => {
    const stream = await open('tasks/resubscribe', { id }, { version: '0.3', headers: { 'last-event-id': String(sender.events.length - 2) } })
    t.match((await stream.all()).map(event => bodyOf(event).result), [{ kind: 'artifact-update', lastChunk: true }, { kind: 'status-update', final: true }])
  })

  t.test('where the events are gone, the task says what has become of it', async t => {
    const { executor, finish } = lively()
    const { open } = await serve(t, { executor, store: createMemoryStore({ maxLogs: 1, logTtl: 1 }) })
    const sender = await open('SendStreamingMessage', sendParams('go'))
    const id = await taskIdOf(sender)
    finish()
    const all = await sender.all()
    let events: SseEvent[] = []
    await until(async () => {
      events = await (await open('SubscribeToTask', { id }, { headers: { 'last-event-id': '2' } })).all()
      return events.length === 1
    })
    t.strictSame(ids(events), [all.length])
    t.match(responseOf(events[0]), { task: { id, status: { state: 'TASK_STATE_COMPLETED' } } })
  })
})

t.test('heartbeats keep a quiet stream alive', async t => {
  const { rpc, open } = await serve(t, { executor: obey, stream: { heartbeat: 5 } })
  const { id } = await rpc.send('ask')
  const streams = await Promise.all([open('SubscribeToTask', { id }), open('SubscribeToTask', { id })])
  for (const stream of streams) {
    for (let beat = 0; beat < 3; beat++) t.equal(await stream.comment(), '')
    t.equal(stream.events.length, 1, 'and are no events')
    await stream.cut()
  }
})

t.test('streams of one client are bounded', async t => {
  const { rpc, open } = await serve(t, { executor: obey, limits: { streams: 2 } })
  const { id } = await rpc.send('ask')
  const first = await open('SubscribeToTask', { id })
  const second = await open('SendStreamingMessage', sendParams('stay'))
  t.strictSame([first.status, second.status], [200, 200])
  for (const [method, params] of [['SubscribeToTask', { id }], ['SendStreamingMessage', sendParams('stay')]] as const) {
    const third = await open(method, params)
    t.equal(third.status, 429, method)
    t.equal(third.headers['retry-after'], '5')
    await third.ended
    t.match(JSON.parse(third.text), { id: 1, error: { code: -32051, message: /2 streams/, data: [{ retryDelay: '5s' }, { reason: 'RESOURCE_EXHAUSTED' }] } })
  }
  t.match(await rpc.result('ListTasks'), { totalSize: 2 }, 'the message that had no stream did not run')
  await first.cut()
  await until(async () => {
    const next = await open('SubscribeToTask', { id })
    return next.status === 200
  })
  t.pass('a place that is left can be taken')
})

t.test('a stream that could not begin gives its place back', async t => {
  const { rpc, open } = await serve(t, { executor: obey, limits: { streams: 1 } })
  const done = await rpc.send('x')
  for (const [method, params] of [
    ['SubscribeToTask', { id: 'unknown' }],
    ['SubscribeToTask', { id: done.id }],
    ['SendStreamingMessage', {}],
    ['SendStreamingMessage', { message: message('x', { taskId: done.id }) }],
    ['SendStreamingMessage', sendParams('reply')],
    ['SendStreamingMessage', sendParams('echo')],
    ['SendStreamingMessage', sendParams('ask')]
  ] as const) {
    const stream = await open(method, params)
    t.equal(stream.status, 200, method)
    await stream.ended
  }
})

t.test('a client that goes away leaves nothing behind', async t => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.teardown(() => { process.off('warning', onWarning) })
  const { store, readers, signals } = watchedStore()
  const { app, rpc, open } = await serve(t, { executor: obey, store, limits: { streams: 30 } })
  const waiting = await rpc.send('ask')

  t.test('no reader, no listener, no place', async t => {
    for (let round = 0; round < 3; round++) {
      const streams = await Promise.all([
        ...range(1, 25).map(() => open('SubscribeToTask', { id: waiting.id })),
        ...range(1, 5).map(() => open('SendStreamingMessage', sendParams('stay')))
      ])
      t.ok(streams.every(({ headers }) => headers['content-type'] === 'text/event-stream'), 'all places were free')
      await Promise.all(streams.map(stream => stream.next()))
      t.equal(readers.size, 30)
      await Promise.all(streams.map(stream => stream.cut()))
      await until(() => readers.size === 0)
    }
    t.strictSame(signals.filter(({ listeners }) => listeners > 0), [])
    t.equal(app.a2a.agents[0]?.activeTurns, 15, 'while the work goes on')
    const { tasks } = await rpc.result<{ tasks: Task[] }>('ListTasks', { status: 'TASK_STATE_WORKING' })
    await Promise.all(tasks.map(({ id }) => rpc.result('CancelTask', { id })))
    t.equal(app.a2a.agents[0]?.activeTurns, 0)
    t.strictSame(warnings, [])
  })

  t.test('nor when it goes before the stream has begun', async t => {
    const logger = logSink()
    const app = Fastify({ logger })
    closeAfter(t, app)
    const { store, readers } = watchedStore()
    const held = gate()
    const gone = gate()
    app.addHook('preHandler', async ({ headers }, reply) => {
      if (headers['x-slow'] !== 'yes') return
      reply.raw.once('close', gone.open)
      held.open()
      await gone.opened
    })
    await app.register(a2a, agent({ executor: obey, store, limits: { streams: 1 } }))
    const url = `${await listen(app)}/a2a`
    const rpc = new RpcClient(app)
    const { id } = await rpc.send('ask')
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SubscribeToTask', params: { id } })
    const slow = net.connect(Number(new URL(url).port), '127.0.0.1')
    slow.write(`POST /a2a HTTP/1.1\r\nhost: x\r\nx-slow: yes\r\na2a-version: 1.0\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    await held.opened
    slow.destroy()
    await gone.opened
    let stream = await openStream(url, { method: 'SubscribeToTask', params: { id } })
    await until(async () => {
      if (stream.status === 200) return true
      stream = await openStream(url, { method: 'SubscribeToTask', params: { id } })
      return false
    })
    t.equal(readers.size, 1)
    await stream.cut()
    await until(() => readers.size === 0)
    t.strictSame(logger.lines.filter(({ level }) => Number(level) >= 50), [], 'and it is nobody\'s fault')
  })
})

t.test('a reader that never reads', async t => {
  const chunk = 'x'.repeat(8192)
  const buffer = 64 * 1024
  const flood: Executor = async (task: TaskContext) => {
    if (task.text !== 'flood') return await obey(task)
    for (let i = 0; i < 3000 && !task.signal.aborted; i++) {
      await task.artifact({ artifactId: 'a', text: `${i} ${chunk}` })
      if (i % 4 === 0) await nextTurn()
    }
  }

  t.test('is cut off; it holds little, and nobody else notices', async t => {
    const app = Fastify()
    closeAfter(t, app)
    const responses: ServerResponse[] = []
    app.addHook('onRequest', async (_request, reply) => { responses.push(reply.raw) })
    const { store, readers } = watchedStore()
    let most = 0
    const executor: Executor = async task => {
      const look = setInterval(() => { for (const raw of responses) most = Math.max(most, raw.writableLength) }, 1)
      try {
        await flood(task)
      } finally {
        clearInterval(look)
      }
    }
    await app.register(a2a, agent({ executor, store, stream: { buffer, stall: 20, heartbeat: 1 } }))
    const url = `${await listen(app)}/a2a`
    const stalled = await neverRead(t, url, 'SendStreamingMessage', sendParams('flood'))
    await until(async () => readers.size === 1)
    const { tasks: [task] } = await new RpcClient(app).result<{ tasks: Task[] }>('ListTasks')
    const other = await openStream(url, { method: 'SubscribeToTask', params: { id: task?.id } })
    await until(() => responses[0]?.destroyed === true)
    t.pass('cut off')
    const events = await other.all()
    t.strictSame(ids(events), range(Number(events[0]?.id), 3002), 'the other one has everything')
    t.ok(most < buffer + 4 * 65_536, `at most ${most} bytes waited`)
    await until(() => readers.size === 0)
    stalled.resume()
    await closed(stalled)
  })

  t.test('does not hold up the end of the server', async t => {
    const app = Fastify()
    const responses: ServerResponse[] = []
    app.addHook('onRequest', async (_request, reply) => { responses.push(reply.raw) })
    await app.register(a2a, agent({ executor: flood, stream: { buffer, stall: 60_000 } }))
    const url = `${await listen(app)}/a2a`
    await neverRead(t, url, 'SendStreamingMessage', sendParams('flood'))
    await until(() => (responses[0]?.writableLength ?? 0) > buffer)
    await app.close()
    t.pass('closed')
  })
})

t.test('a stream that fails in the middle ends with an error', async t => {
  const failing = (after: number) => {
    const inner = createMemoryStore()
    return storeWith({
      async * read (scope: Scope, taskId: string, options?: ReadOptions) {
        let batches = 0
        for await (const batch of inner.read(scope, taskId, options)) {
          if (batches++ === after) throw new Error('hunter2: connection to db.internal lost')
          yield batch
        }
      }
    }, inner)
  }
  const executor: Executor = async task => {
    for (let i = 0; i < 5; i++) {
      await task.artifact({ text: `${i}` })
      await nextTurn()
      await nextTurn()
    }
  }

  t.test('of the store that is read', async t => {
    const logger = logSink()
    const { open } = await serve(t, { executor, store: failing(1), server: { logger } })
    for (const [version, method, params] of [['1.0', 'SendStreamingMessage', sendParams('go')], ['0.3', 'message/stream', { message: message03('go') }]] as const) {
      const stream = await open(method, params, { version })
      const events = await stream.all()
      const last = bodyOf(events.at(-1))
      t.match(last, { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } })
      t.equal(events.at(-1)?.id, undefined, 'who resumes must not think to have seen more')
      t.equal('data' in (last.error ?? {}), version === '1.0')
      t.notMatch(JSON.stringify(events), /hunter2|COMPLETED|completed/)
    }
    t.equal(logger.lines.filter(line => JSON.stringify(line).includes('hunter2')).length, 2)
  })

  t.test('of the store that is written', async t => {
    const inner = createMemoryStore()
    let writes = 0
    const store = storeWith({
      append: async (scope, taskId, write) => {
        if (++writes === 2) throw new Error('hunter2: disk full')
        return await inner.append(scope, taskId, write)
      }
    }, inner)
    const { app, open, rpc } = await serve(t, { executor, store })
    const stream = await open('SendStreamingMessage', sendParams('go'))
    const events = await stream.all()
    t.match(bodyOf(events.at(-1)), { error: { code: -32603, message: 'Internal error' } })
    t.notMatch(JSON.stringify(events), /hunter2/)
    await until(() => app.a2a.agents[0]?.activeTurns === 0)
    writes = 2
    t.equal((await rpc.send('again')).status.state, 'TASK_STATE_COMPLETED', 'the agent goes on serving')
  })
})

t.test('app.close()', async t => {
  t.test('ends streams, and tells executors', async t => {
    const reasons: unknown[] = []
    const { app, rpc, open } = await serve(t, {
      executor: async task => {
        if (task.text === 'ask') return await obey(task)
        await task.working('Staying')
        await stopped(task.signal)
        reasons.push(task.signal.reason)
      }
    })
    const { id } = await rpc.send('ask')
    const working = await open('SendStreamingMessage', sendParams('go'))
    const waiting = await open('SubscribeToTask', { id })
    await working.until(({ data }) => data.includes('Staying'))
    await waiting.next()
    await app.close()
    t.equal(await working.ended, true)
    t.equal(await waiting.ended, true)
    t.match(reasons, [{ code: 'A2A_ERR_SHUTDOWN' }])
    t.match(responseOf(working.events.at(-1)), { statusUpdate: { status: { state: 'TASK_STATE_FAILED' } } })
    t.ok(waiting.comments.some(comment => comment.includes('shutting down')), 'who waits is told to come back')
  })

  t.test('waits for work that ends in time', async t => {
    const { opened, open: finish } = gate()
    const { app, open } = await serve(t, {
      shutdownGrace: 60_000,
      executor: async task => {
        await task.working('Nearly')
        await opened
        return 'done'
      }
    })
    const stream = await open('SendStreamingMessage', sendParams('go'))
    await stream.until(({ data }) => data.includes('Nearly'))
    const closed = app.close()
    finish()
    await closed
    t.match(responseOf((await stream.all()).at(-1)), { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } })
  })
})
