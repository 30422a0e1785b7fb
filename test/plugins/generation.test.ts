/** What A2A 1.1 drafts of generations, behind the option `preview`. */
import t from 'tap'
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'
import type { TaskContext } from '../../lib/agent/executor.ts'
import { host, listen, obey, stopped } from '../helpers/host.ts'
import { message, message03, RpcClient, sendParams } from '../helpers/rpc.ts'
import { RestClient, type RestError } from '../helpers/rest.ts'
import { watchedStore } from '../helpers/stores.ts'
import { gate, until } from '../helpers/wait.ts'

const preview = { generation: true, longPoll: 200 }

/** Says each change's number. */
function generationOf (event: StreamResponse): string | undefined {
  if ('task' in event) return event.task.generation
  if ('statusUpdate' in event) return event.statusUpdate.generation
  return 'artifactUpdate' in event ? event.artifactUpdate.generation : undefined
}

async function * busy (task: TaskContext) {
  yield task.working('On it')
  yield task.remember({ secret: 1 })
  yield task.annotate({ shown: 1 })
  const stream = task.artifactStream({ name: 'answer' })
  for (const text of ['a', 'b', 'c']) yield stream.write(text)
  yield stream.end()
}

t.test('unless it is asked for, nothing of it is on the wire', async t => {
  const app = await host(t, { executor: busy })
  const rpc = new RpcClient(app)
  const events = await rpc.stream<StreamResponse>('SendStreamingMessage', sendParams('x'))
  t.notMatch(JSON.stringify(events), /generation/i)
  const { id } = await rpc.send('x')
  t.notMatch(JSON.stringify(await rpc.get(id)), /generation/i)
  const begun = Date.now()
  t.match(await rpc.result('GetTask', { id, currentGeneration: 'not even a number' }), { id }, 'an unknown field is ignored')
  t.ok(Date.now() - begun < 5000)
  const { id: asked } = await new RpcClient(await host(t, { executor: obey })).send('ask')
  t.type(asked, 'string')
})

t.test('every change of a task counts, without a gap', async t => {
  const app = await host(t, { executor: busy, preview })
  const rpc = new RpcClient(app)
  const events = await rpc.stream<StreamResponse>('SendStreamingMessage', sendParams('x'))
  t.same(events.map(generationOf), ['1', '2', '3', '4', '5', '6', '7'])
  const [first] = events
  const id = first !== undefined && 'task' in first ? first.task.id : ''
  t.equal((await rpc.get(id)).generation, '7', 'a task is at the generation of its last event')
  t.match(await rpc.result('ListTasks'), { tasks: [{ generation: '7' }] })
  t.match((await new RestClient(app).get<Task>(`/tasks/${id}?historyLength=0`)).body, { generation: '7', history: undefined })
  const old = await new RpcClient(app, { version: '0.3' }).ask('message/send', { message: message03('x') })
  t.notMatch(old.text, /generation/, '0.3 knows nothing of it')
})

t.test('it goes on over turns, and in what subscribers see', async t => {
  const rpc = new RpcClient(await host(t, { executor: obey, preview }))
  const { id, generation } = await rpc.send('ask')
  t.equal(generation, '2')
  const events = await rpc.stream<StreamResponse>('SendStreamingMessage', sendParams('more', { message: { taskId: id } }))
  t.same(events.map(generationOf), ['3', '4', '5'], 'working, an artifact, completed')
})

t.test('a message may say which generation it expects', async t => {
  const app = await host(t, { executor: obey, preview })
  const rpc = new RpcClient(app)
  const rest = new RestClient(app)
  const { id, contextId } = await rpc.send('ask')
  const answer = (ifGenerationMatch: unknown) => ({ message: message('more', { taskId: id }), configuration: { ifGenerationMatch } })
  const mismatch = { reason: 'TASK_GENERATION_MISMATCH', metadata: { taskId: id, expectedGeneration: '1', currentGeneration: '2' } }
  t.match(await rpc.error('SendMessage', answer(1)), { code: -32010, message: 'Task generation mismatch: expected 1 but current generation is 2', data: [mismatch] })
  t.match(await rpc.error('SendStreamingMessage', answer('1')), { code: -32010 })
  t.match(await rest.post<RestError>('/message:send', answer(1)), { status: 409, body: { error: { code: 409, status: 'ABORTED', details: [mismatch] } } })
  for (const wrong of [-1, 1.5, 'x', {}, true]) {
    t.match(await rpc.error('SendMessage', answer(wrong)), { code: -32602, data: [{ fieldViolations: [{ field: 'configuration.ifGenerationMatch' }] }, {}] }, String(wrong))
  }
  t.match(await rpc.result('GetTask', { id }), { generation: '2', history: { length: 1 } }, 'a message that is refused leaves nothing')
  t.match(await rpc.result('SendMessage', answer('2')), { task: { id, generation: '5', status: { state: 'TASK_STATE_COMPLETED' } } })
  t.match(await rpc.result('SendMessage', { message: message('x', { contextId }), configuration: { ifGenerationMatch: 9 } }), { task: {} }, 'for a new task it means nothing')
})

t.test('of two messages that expect the same, one is taken', async t => {
  const rpc = new RpcClient(await host(t, { executor: obey, preview }))
  for (let round = 0; round < 10; round++) {
    const { id } = await rpc.send('ask')
    const answers = await Promise.all(['a', 'b', 'c'].map(async text => (await rpc.ask('SendMessage', {
      message: message(text, { taskId: id }), configuration: { ifGenerationMatch: 2 }
    })).body.error?.code))
    t.equal(answers.filter(code => code === undefined).length, 1, String(answers))
    const { history, artifacts } = await rpc.get(id)
    t.equal(artifacts?.length, 1)
    t.ok(history)
  }
})

t.test('GetTask may wait for a change', async t => {
  const open = gate()
  const waiting = async function * (task: TaskContext) {
    yield task.working()
    await open.opened
    yield task.artifact({ text: 'done' })
    if (task.text === 'stay') await stopped(task.signal)
  }
  const app = await host(t, { executor: waiting, preview: { ...preview, longPoll: 5000 } })
  const rpc = new RpcClient(app)
  const { task: { id } } = await rpc.result<{ task: Task }>('SendMessage', sendParams('x', { configuration: { returnImmediately: true } }))
  await until(async () => (await rpc.get(id)).generation === '2')
  setTimeout(open.open, 60)
  t.ok(Number((await rpc.result<Task>('GetTask', { id, currentGeneration: 2 })).generation) > 2)
  t.equal((await rpc.result<Task>('GetTask', { id, currentGeneration: 1 })).generation !== undefined, true, 'what is newer is answered at once')
  await until(async () => (await rpc.get(id)).status.state === 'TASK_STATE_COMPLETED')
  const begun = Date.now()
  t.match(await rpc.result('GetTask', { id, currentGeneration: 99 }), { generation: '4' }, 'a task that has ended is answered at once')
  t.ok(Date.now() - begun < 2000)
  t.match(await rpc.error('GetTask', { id, currentGeneration: 'x' }), { code: -32602, data: [{ fieldViolations: [{ field: 'currentGeneration' }] }, {}] })
  t.match(await rpc.error('GetTask', { id: 'none', currentGeneration: 1 }), { code: -32001 })

  t.test('over HTTP+JSON, by both names', async t => {
    const rest = new RestClient(app)
    const { task: { id } } = await rpc.result<{ task: Task }>('SendMessage', sendParams('x', { configuration: { returnImmediately: true } }))
    t.ok(Number((await rest.get<Task>(`/tasks/${id}?currentGeneration=2`)).body.generation) > 2)
    t.ok(Number((await rest.get<Task>(`/tasks/${id}?current_generation=3`)).body.generation) > 3)
  })
})

t.test('it does not wait for ever', async t => {
  const app = await host(t, { executor: obey, preview: { generation: true, longPoll: 50 }, limits: { streams: 2 } })
  const rpc = new RpcClient(app)
  const { id } = await rpc.send('ask')
  const begun = Date.now()
  const polls = await Promise.all([1, 2, 3].map(async () => (await rpc.ask('GetTask', { id, currentGeneration: 2 })).body))
  t.ok(Date.now() - begun >= 45)
  t.equal(polls.filter(({ result }) => result !== undefined).length, 2)
  t.equal(polls.filter(({ error }) => error?.code === -32051).length, 1, 'and not for more than a client may have streams')
  t.match(await rpc.result('GetTask', { id, currentGeneration: 2 }), { generation: '2' }, 'its place is free again')
})

t.test('a server that closes answers who waits', async t => {
  const { store, readers } = watchedStore()
  const app = await host(t, { store, executor: obey, preview: { generation: true, longPoll: 60_000 } })
  const { id } = await new RpcClient(app).send('ask')
  const url = await listen(app)
  await until(() => readers.size === 0)
  const poll = fetch(`${url}/a2a/tasks/${id}?currentGeneration=2`, { headers: { 'a2a-version': '1.0' } })
  await until(() => readers.size === 1)
  const begun = Date.now()
  await app.close()
  t.match(await (await poll).json(), { id, generation: '2' })
  t.ok(Date.now() - begun < 5000)
})
