/** The client and this project's own server, over real sockets, in every binding and version that both have. */
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { discover, type AgentEvent, type ClientOptions, type RemoteAgent } from '../../lib/client/index.ts'
import type { TaskContext } from '../../lib/index.ts'
import { gate } from '../helpers/wait.ts'
import { agent, card, closeAfter, host, listen, obey, stopped, type HostOptions } from '../helpers/host.ts'
import a2a from '../../plugins/a2a.ts'

const ways = [
  { transports: ['JSONRPC'], versions: ['1.0'] },
  { transports: ['JSONRPC'], versions: ['0.3'] },
  { transports: ['HTTP+JSON'], versions: ['1.0'] },
  { transports: ['HTTP+JSON'], versions: ['0.3'] },
  { transports: ['GRPC'], versions: ['1.0'] },
  { transports: ['GRPC'], versions: ['0.3'] }
] satisfies ClientOptions[]

async function connect (t: Test, way: ClientOptions, options: HostOptions = {}): Promise<RemoteAgent> {
  // After a request that was aborted, undici connects again, and that connection would have the server wait for it.
  const app = await host(t, { executor: obey, server: { forceCloseConnections: true }, ...isGrpc(way) && { grpc: { port: 0 } }, ...options })
  const agent = await discover(await listen(app), way)
  t.teardown(() => agent.close())
  return agent
}

const isGrpc = ({ transports }: ClientOptions) => transports?.includes('GRPC') === true

async function * chunks (task: TaskContext) {
  yield task.working('Counting')
  const artifact = task.artifactStream({ name: 'numbers' })
  for (let i = 1; i < 5; i++) yield artifact.write(`${i} `)
  yield artifact.end('5')
}

async function all<T> (items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

function show (event: AgentEvent): string {
  switch (event.type) {
    case 'task': return `task ${event.task.status.state}`
    case 'status': return event.status.state
    case 'artifact': return event.artifact.parts.map(({ text }) => text).join('')
    case 'message': return event.message.parts.map(({ text }) => text).join('')
  }
}

for (const way of ways) {
  t.test(`${way.transports} ${way.versions}`, async t => {
    t.test('speaks it', async t => {
      const agent = await connect(t, way)
      t.equal(agent.card.name, 'Test agent')
      t.strictSame([agent.transport, agent.version], [...way.transports, ...way.versions])
    })

    t.test('send: a task, a message, a file', async t => {
      const agent = await connect(t, way)
      const echoed = await agent.send('Hello')
      t.match(echoed.task, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'Hello' }] }] })
      t.equal(echoed.text, 'Hello')
      const { task, message, text } = await agent.send([{ text: 'reply' }])
      t.equal(task, undefined)
      t.equal(message?.role, 'ROLE_AGENT')
      t.equal(text, 'Just a message')
      await t.rejects(agent.send([]), { name: 'MisuseError', code: 'A2A_ERR_OUTPUT' })
    })

    t.test('stream: typed events, and collectors', async t => {
      const agent = await connect(t, way, { executor: chunks })
      const events = await all(agent.stream('Count'))
      t.strictSame(events.map(show), ['task TASK_STATE_SUBMITTED', 'TASK_STATE_WORKING', '1 ', '2 ', '3 ', '4 ', '5', 'TASK_STATE_COMPLETED'])
      t.equal(await agent.stream('Count').text(), '1 2 3 4 5')
      t.match(await agent.stream('Count').artifacts(), [{ name: 'numbers', parts: [{ text: '1 2 3 4 5' }] }])
      const task = await agent.stream('Count').task()
      t.equal(task.status.state, 'TASK_STATE_COMPLETED')
      t.same(await agent.task(task.id).get(), task, 'what was folded is the task')
    })

    t.test('a stream that is left early leaves the task alone', async t => {
      const more = gate()
      const agent = await connect(t, way, { executor: async task => { await task.working(); await more.opened; return 'done' } })
      const stream = agent.stream('Go')
      for await (const event of stream) if (event.type === 'status') break
      more.open()
      t.equal((await agent.task(stream.taskId ?? '').wait()).status.state, 'TASK_STATE_COMPLETED')
    })

    t.test('follow-up: reply on the handle', async t => {
      const agent = await connect(t, way)
      const { task } = await agent.send('ask')
      t.equal(task?.status.state, 'TASK_STATE_INPUT_REQUIRED')
      const handle = agent.task(task?.id ?? '')
      const answered = await handle.reply('This')
      t.equal(answered.task?.id, task?.id)
      t.equal(answered.task?.status.state, 'TASK_STATE_COMPLETED')
      t.equal(answered.text, 'This')
    })

    t.test('onInputRequired answers, in send and in stream', async t => {
      const agent = await connect(t, way)
      const questions: string[] = []
      const onInputRequired = ({ text }: { text: string }) => { questions.push(text); return 'This' }
      t.equal((await agent.send('ask', { onInputRequired })).text, 'This')
      t.equal(await agent.stream('ask', { onInputRequired }).text(), 'This')
      t.strictSame(questions, ['What else?', 'What else?'])
    })

    t.test('an iterable yields the question, and reply() goes on', async t => {
      const agent = await connect(t, way)
      const stream = agent.stream('ask')
      const seen: string[] = []
      for await (const event of stream) {
        seen.push(show(event))
        if (event.type === 'status' && event.status.state === 'TASK_STATE_INPUT_REQUIRED') stream.reply('That')
      }
      t.equal(seen.at(-1), 'TASK_STATE_COMPLETED')
      t.ok(seen.includes('That'))
    })

    t.test('cancel, and what can not be canceled', async t => {
      const agent = await connect(t, way)
      const stream = agent.stream('stay')
      let canceled
      for await (const event of stream) {
        if (event.type === 'status' && event.status.state === 'TASK_STATE_WORKING') canceled = agent.task(event.taskId).cancel()
      }
      t.equal((await canceled)?.status.state, 'TASK_STATE_CANCELED')
      t.equal(stream.current?.status.state, 'TASK_STATE_CANCELED')
      await t.rejects(agent.task(stream.taskId ?? '').cancel(), { name: 'TaskNotCancelableError' })
    })

    t.test('errors have the names of the protocol, and say how they came', async t => {
      const agent = await connect(t, way)
      await t.rejects(agent.task('no-such-task').get(), { name: 'TaskNotFoundError', code: -32001, remote: { binding: agent.transport } })
      await t.rejects(all(agent.task('no-such-task').follow()), { name: 'TaskNotFoundError' })
      // Over gRPC, 0.3 has one method for both cards.
      if (isGrpc(way) && agent.version === '0.3') t.equal((await agent.extendedCard()).name, agent.card.name)
      else await t.rejects(agent.extendedCard(), { name: agent.version === '1.0' ? 'UnsupportedOperationError' : /Error$/ })
    })

    t.test('follow: joins a stream, or finds that it is over', async t => {
      const more = gate()
      const agent = await connect(t, way, { executor: async task => { await task.working(); await more.opened; return 'done' } })
      const { task } = await agent.send('Go', { configuration: { returnImmediately: true } })
      const handle = agent.task(task?.id ?? '')
      const seen: string[] = []
      for await (const event of handle.follow()) {
        seen.push(show(event))
        more.open()
      }
      t.equal(seen.at(-1), 'TASK_STATE_COMPLETED')
      t.strictSame((await all(handle.follow())).map(show), ['task TASK_STATE_COMPLETED'])
    })

    t.test('AbortSignal: ends the call, and the task where that is asked for', async t => {
      const ended = gate()
      const agent = await connect(t, way, { executor: async task => { await task.working(); await stopped(task.signal); ended.open() } })
      for (const cancelOnAbort of [false, true]) {
        const controller = new AbortController()
        const stream = agent.stream('stay', { signal: controller.signal, cancelOnAbort })
        const reading = (async () => { for await (const event of stream) if (event.type === 'status') controller.abort(new Error('enough')) })()
        await t.rejects(reading, /enough/)
        const { status } = await agent.task(stream.taskId ?? '').get()
        t.equal(status.state, cancelOnAbort ? 'TASK_STATE_CANCELED' : 'TASK_STATE_WORKING')
      }
      await ended.opened
    })

    t.test('AbortSignal: a task that the agent has not told of yet is canceled, and so is one that nobody reads on', async t => {
      const ended = gate()
      const started = gate()
      const agent = await connect(t, way, { replyWindow: 100, executor: async task => { started.open(); await stopped(task.signal); ended.open() } })
      const controller = new AbortController()
      const sending = agent.send('stay', { signal: controller.signal, cancelOnAbort: true })
      await started.opened
      controller.abort(new Error('enough'))
      await t.rejects(sending, /enough/)
      await ended.opened
      await t.rejects(agent.send('not sent', { signal: controller.signal, cancelOnAbort: true }), /enough/)

      const left = new AbortController()
      const stream = agent.stream('stay', { signal: left.signal, cancelOnAbort: true })
      const events = stream[Symbol.asyncIterator]()
      await events.next()
      left.abort()
      await events.return(undefined)
      t.equal((await agent.task(stream.taskId ?? '').get()).status.state, 'TASK_STATE_CANCELED')
    })

    t.test('timeouts: of a call, and of a task', async t => {
      const agent = await connect(t, way, { executor: async task => { await stopped(task.signal) } })
      await t.rejects(agent.send('stay', { timeout: 50 }), { name: 'ClientError', code: 'A2A_ERR_TIMEOUT' })
      await t.rejects(agent.send('stay', { taskTimeout: 50, cancelOnAbort: true }), { name: 'ClientError', code: 'A2A_ERR_TIMEOUT' })
    })

    t.test('an agent that does not stream is asked again and again', async t => {
      const agent = await connect(t, { ...way, poll: { minDelay: 5 } }, { executor: chunks, capabilities: { streaming: false } })
      const events = await all(agent.stream('Count'))
      t.equal(show(events[0] as AgentEvent).startsWith('task '), true)
      t.equal(await agent.stream('Count').text(), '1 2 3 4 5')
    })

    t.test('list: all pages', async t => {
      const agent = await connect(t, way)
      if (isGrpc(way) && agent.version === '0.3') {
        await t.rejects(all(agent.list()), { name: 'UnsupportedOperationError', message: /not there over gRPC in 0.3/ })
        return
      }
      const contextId = 'one'
      for (let i = 0; i < 5; i++) await agent.send(`Hello ${i}`, { contextId })
      await agent.send('Hello', { contextId: 'another' })
      // Lists of 0.3 have no pages over HTTP+JSON: what does not fit is not there.
      const pageSize = agent.transport === 'HTTP+JSON' && agent.version === '0.3' ? 100 : 2
      const listed = await all(agent.list({ contextId, pageSize }))
      t.equal(new Set(listed.map(({ id }) => id)).size, 5)
    })

    t.test('push configurations', async t => {
      const agent = await connect(t, way, { push: { targets: { http: true, allow: ['127.0.0.0/8'] } } })
      const { task } = await agent.send('ask')
      const { push } = agent.task(task?.id ?? '')
      const made = await push.create({ id: 'hook', url: 'http://127.0.0.1:9/hook', authentication: { scheme: 'Bearer', credentials: 'secret' } })
      t.match(made, { id: 'hook', taskId: task?.id, url: 'http://127.0.0.1:9/hook', authentication: { scheme: 'Bearer' } })
      t.match(await push.get('hook'), { id: 'hook', url: 'http://127.0.0.1:9/hook' })
      t.strictSame((await all(push.list())).map(({ id }) => id), ['hook'])
      await push.delete('hook')
      t.strictSame(await all(push.list()), [])
    })

    t.test('the extended card', async t => {
      const app = Fastify({ forceCloseConnections: true })
      closeAfter(t, app)
      app.decorateRequest('a2aPrincipal', null)
      app.addHook('onRequest', async request => { request.a2aPrincipal = { id: 'ada' } })
      await app.register(a2a, agent({ extendedCard: { ...card, description: 'In full' }, ...isGrpc(way) && { grpc: { port: 0 } } }))
      const remote = await discover(await listen(app), way)
      t.teardown(() => remote.close())
      t.equal((await remote.extendedCard()).description, 'In full')
    })
  })
}
