/** The behaviours of the conformance agent, as a client of JSON-RPC sees them. */
import t from 'tap'
import type { Message, Part, StreamResponse, Task } from '../../lib/index.ts'
import { RpcClient, message, message03, sendParams } from '../helpers/rpc.ts'
import { createSut } from './server.ts'

const { app } = await createSut({ PORT: '0' })
t.teardown(async () => { await app.close() })
const client = new RpcClient(app)

const startOf = (text: string) => ({ message: message('anything', { messageId: `${text}-${crypto.randomUUID()}` }) })

/** What a stream shows: states, and what the parts of artifacts hold. */
async function stream (text: string): Promise<unknown[]> {
  const events = await client.stream<StreamResponse>('SendStreamingMessage', sendParams(text))
  return events.flatMap<unknown>(event => {
    if ('task' in event) return event.task.status.state
    if ('statusUpdate' in event) return event.statusUpdate.status.state
    return 'artifactUpdate' in event ? event.artifactUpdate.artifact.parts : []
  })
}

t.test('one send is enough', async t => {
  const cases: Array<[string, Task['status']['state'], { says?: RegExp, parts?: Part[] }]> = [
    ['tck-complete-task', 'TASK_STATE_COMPLETED', { says: /^Hello from TCK$/ }],
    ['tck-input-required', 'TASK_STATE_INPUT_REQUIRED', { says: /./ }],
    ['tck-multi-turn', 'TASK_STATE_INPUT_REQUIRED', { says: /./ }],
    ['tck-auth-required', 'TASK_STATE_AUTH_REQUIRED', { says: /sign in/i }],
    ['tck-reject-task', 'TASK_STATE_REJECTED', { says: /./ }],
    ['tck-task-failure', 'TASK_STATE_FAILED', { says: /./ }],
    ['tck-artifact-text', 'TASK_STATE_COMPLETED', { parts: [{ text: 'Generated text content' }] }],
    ['tck-artifact-file', 'TASK_STATE_COMPLETED', { parts: [{ raw: 'RmlsZSBjb250ZW50IGZyb20gVENL', filename: 'output.txt', mediaType: 'text/plain' }] }],
    ['tck-artifact-file-url', 'TASK_STATE_COMPLETED', { parts: [{ url: 'https://example.com/output.txt', filename: 'output.txt', mediaType: 'text/plain' }] }],
    ['tck-artifact-data', 'TASK_STATE_COMPLETED', { parts: [{ data: { key: 'value', count: 42 } }] }],
    ['sut-echo Hello there', 'TASK_STATE_COMPLETED', { parts: [{ text: 'Hello there' }] }],
    ['sut-echo-keep Hello there', 'TASK_STATE_INPUT_REQUIRED', { parts: [{ text: 'Hello there' }] }],
    ['sut-stream 3', 'TASK_STATE_COMPLETED', { parts: [{ text: 'token token token ' }] }],
    ['sut-large-stream 2', 'TASK_STATE_COMPLETED', { parts: [{ text: 'x'.repeat(8192) }] }],
    ['sut-large 2', 'TASK_STATE_COMPLETED', { parts: [{ text: 'x'.repeat(2048) }] }],
    ['sut-sleep 1', 'TASK_STATE_COMPLETED', {}],
    ['sut-stubborn 1', 'TASK_STATE_COMPLETED', {}],
    ['anything else', 'TASK_STATE_COMPLETED', { says: /./ }]
  ]
  for (const [text, state, { says, parts }] of cases) {
    const { status, artifacts } = await client.send(text)
    t.equal(status.state, state, text)
    if (says !== undefined) t.match(status.message?.parts[0]?.text, says, text)
    t.same(artifacts?.map(artifact => artifact.parts), parts === undefined ? undefined : [parts], text)
  }
})

t.test('a bare message', async t => {
  const { message } = await client.result<{ message: Message }>('SendMessage', sendParams('tck-message-response'))
  t.same(message.parts, [{ text: 'Direct message response' }])
})

t.test('streams', async t => {
  const around = (...items: unknown[]) => ['TASK_STATE_SUBMITTED', 'TASK_STATE_WORKING', ...items, 'TASK_STATE_COMPLETED']
  t.same(await stream('tck-stream-001'), around({ text: 'Stream hello from TCK' }))
  t.same(await stream('tck-stream-002'), ['TASK_STATE_SUBMITTED', 'TASK_STATE_COMPLETED'])
  t.same(await stream('tck-stream-003'), around({ text: 'Stream task lifecycle' }))
  t.same(await stream('tck-stream-ordering-001'), around({ text: 'Ordered output' }))
  t.same(await stream('tck-stream-basic'), around({ text: 'Streamed content' }))
  t.same(await stream('tck-stream-artifact-text'), around({ text: 'Streamed text content' }))
  t.match(await stream('tck-stream-artifact-file'), around({ filename: 'output.txt', mediaType: 'text/plain' }))
  for (const text of ['tck-stream-artifact-chunked', 'tck-stream-chunked']) {
    t.same(await stream(text), around({ text: 'chunk-1 ' }, { text: 'chunk-2' }))
  }
  t.same(await stream('sut-stream 2 1'), around({ text: 'token ' }, { text: 'token ' }))
})

t.test('the messageId counts before the text, and the longest prefix before shorter ones', async t => {
  const { task } = await client.result<{ task: Task }>('SendMessage', startOf('tck-artifact-file-url'))
  t.match(task.artifacts, [{ parts: [{ url: 'https://example.com/output.txt' }] }])
})

t.test('follow-ups', async t => {
  const followUp = async (first: string, second: string) => {
    const { id } = await client.send(first)
    return (await client.send(second, { message: { taskId: id } })).status.state
  }
  t.equal(await followUp('tck-multi-turn', 'tck-multi-turn'), 'TASK_STATE_COMPLETED')
  t.equal(await followUp('tck-input-required', 'tck-complete-task'), 'TASK_STATE_COMPLETED')
  t.equal(await followUp('tck-input-required', 'tck-input-required'), 'TASK_STATE_INPUT_REQUIRED')
})

t.test('work that goes on until it is canceled', async t => {
  for (const text of ['tck-cancel', 'tck-long-running', 'test-resubscribe-message-id', 'sut-sleep 60000', 'sut-stream 1000 1000']) {
    const { id } = await client.send(text, { configuration: { returnImmediately: true } })
    t.equal((await client.result<Task>('CancelTask', { id })).status.state, 'TASK_STATE_CANCELED', text)
  }
})

t.test('an error of an executor stays inside', async t => {
  const { status } = await client.send('sut-throw')
  t.equal(status.state, 'TASK_STATE_FAILED')
  t.notMatch(JSON.stringify(status), /hunter2/)
})

t.test('in 0.3, anything else asks for input first', async t => {
  const { app } = await createSut({ PORT: '0', SUT_VERSIONS: '0.3' })
  t.teardown(async () => { await app.close() })
  const client = new RpcClient(app, { version: false })
  const first = await client.result<{ id: string, status: unknown }>('message/send', { message: message03('Hello') })
  t.match(first.status, { state: 'input-required' })
  t.match(await client.result('message/send', { message: message03('More', { taskId: first.id }) }), { status: { state: 'completed' } })
})
