/** Agents that are slow, broken or hostile. Whatever they do, the caller gets a clear error or the right answer, and nothing hangs. */
import t from 'tap'
import { A2AError, apiKey, bearer, discover, RemoteError } from '../../lib/client/index.ts'
import { answer, cardOf, completed, fail, isDone, listen, nasty, send, stream, working, type Behaviour } from './nasty.ts'

const invalid = { name: 'InvalidAgentResponseError' }

t.test('answers that are none', async t => {
  const wrong: Record<string, Behaviour> = {
    'no JSON': ({ response }) => send(response, 'Welcome to nginx'),
    'half of it': ({ response }) => send(response, '{"jsonrpc":"2.0","id":'),
    'an array': ({ response }) => send(response, '[]'),
    null: ({ response }) => send(response, 'null'),
    'nothing at all': ({ response }) => send(response, ''),
    'another id': ({ response }) => send(response, { jsonrpc: '2.0', id: 'another', result: completed }),
    'no id': ({ response }) => send(response, { jsonrpc: '2.0', result: completed }),
    'neither result nor error': exchange => send(exchange.response, { jsonrpc: '2.0', id: exchange.rpc.id }),
    'an empty object': exchange => answer(exchange, {}),
    'a task without a status': exchange => answer(exchange, { id: 't' }),
    'a state that does not exist': exchange => answer(exchange, { id: 't', status: { state: 'TASK_STATE_BORED' } }),
    'parts that are none': exchange => answer(exchange, { ...completed, artifacts: [{ artifactId: 'a', parts: [7] }] }),
    'another task': exchange => answer(exchange, { ...completed, id: 'another' }),
    'a poisoned prototype': ({ response, rpc }) => send(response, `{"jsonrpc":"2.0","id":"${rpc.id}","result":{"__proto__":{"id":"t"}}}`),
    'a thousand levels': ({ response, rpc }) => send(response, `{"jsonrpc":"2.0","id":"${rpc.id}","result":${'['.repeat(1000)}${']'.repeat(1000)}}`)
  }
  for (const [what, behave] of Object.entries(wrong)) {
    const { agent } = await nasty(t, behave)
    await t.rejects(agent.task('t').get(), invalid, what)
  }
})

t.test('errors of HTTP, and errors without a name', async t => {
  const cases: Array<[Behaviour, object]> = [
    [({ response }) => send(response, '<h1>Not here</h1>', 404, { 'content-type': 'text/html' }), { name: 'NotFoundError', remote: { status: 404 } }],
    [({ response }) => send(response, 'no', 403), { name: 'PermissionDeniedError' }],
    [({ response }) => send(response, 'broken', 500), { name: 'InternalError', remote: { status: 500, body: 'broken' } }],
    [exchange => fail(exchange, -32099, 'Something of ours', { deep: true }), { name: 'InternalError', message: 'Something of ours', remote: { body: { code: -32099, data: { deep: true } } } }],
    [exchange => fail(exchange, -32602, 'Wrong', [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'message', description: 'is required' }] }]), { name: 'InvalidParamsError', violations: [{ field: 'message', description: 'is required' }] }]
  ]
  for (const [behave, expected] of cases) {
    const { agent } = await nasty(t, behave)
    const error = await agent.task('t').get().catch((error: unknown) => error)
    t.ok(error instanceof RemoteError && error instanceof A2AError)
    t.match(error, expected)
  }
})

t.test('redirects are not followed, and nothing goes to other hosts', async t => {
  const elsewhere = await listen(t, exchange => answer(exchange, completed))
  const redirect: Behaviour = ({ response }) => send(response, '', 307, { location: elsewhere.url })
  const { agent, url } = await nasty(t, redirect)
  await t.rejects(agent.task('t').get(), { code: 'A2A_ERR_REDIRECT' })
  await t.rejects(agent.send('secret'), { code: 'A2A_ERR_REDIRECT' })
  await t.rejects(agent.stream('secret').text(), { code: 'A2A_ERR_REDIRECT' })
  await t.rejects(discover(url), { code: 'A2A_ERR_REDIRECT' })
  t.strictSame(elsewhere.seen, [])
})

t.test('silence: of a call, of a stream that has not begun, of one that has', async t => {
  const { agent } = await nasty(t, () => {}, { timeouts: { call: 30, send: 30, card: 30 }, retry: { retries: 1, minDelay: 0 } })
  const late = { code: 'A2A_ERR_TIMEOUT' }
  await t.rejects(agent.send('Hello'), late)
  await t.rejects(agent.task('t').get(), late)
  await t.rejects(agent.stream('Hello').text(), late)

  const { agent: quiet, seen } = await nasty(t, exchange => {
    if (exchange.rpc.method === 'SendStreamingMessage') stream(exchange, { task: working })
    else stream(exchange, { task: working }, isDone)
  }, { timeouts: { idle: 50 } })
  t.equal((await quiet.stream('Hello').task()).status.state, 'TASK_STATE_COMPLETED')
  t.strictSame(seen.map(({ method }) => method), ['SendStreamingMessage', 'SubscribeToTask'])
})

t.test('what may be repeated is: calls, and messages where the agent knows them again', async t => {
  const busy: Behaviour = exchange => {
    if (exchange.earlier === 0) send(exchange.response, 'busy', 429, { 'retry-after': '1' })
    else if (exchange.earlier === 1) exchange.response.destroy()
    else if (exchange.earlier === 2) send(exchange.response, 'down', 503)
    else answer(exchange, exchange.rpc.method === 'GetTask' ? completed : { task: completed })
  }
  const { agent, seen } = await nasty(t, busy)
  const begun = performance.now()
  t.equal((await agent.task('t').get()).id, 't')
  t.ok(performance.now() - begun >= 990, 'not before Retry-After')
  t.equal(seen.length, 4)

  await t.rejects(agent.send('Hello'), { name: 'ResourceExhaustedError', retryAfter: 1000 })
  t.equal(seen.length, 5, 'a message is not')
  t.equal((await agent.send('Hello', { idempotent: true })).task?.id, 't')
  t.equal(new Set(seen.slice(5).map(({ params }) => (params.message as { messageId: string }).messageId)).size, 1)
})

t.test('what may not be repeated is not: an answer that is wrong, a refusal', async t => {
  for (const behave of [({ response }) => send(response, 'x'), exchange => fail(exchange, -32001)] satisfies Behaviour[]) {
    const { agent, seen } = await nasty(t, behave)
    await t.rejects(agent.task('t').get())
    t.equal(seen.length, 1)
  }
})

t.test('endless bodies: answers, errors, events, cards', async t => {
  const endless = (type: string, status: number, begin: string): Behaviour => ({ response }) => {
    response.writeHead(status, { 'content-type': type }).write(begin)
    const pour = () => { while (!response.destroyed && response.write('x'.repeat(65_536))); }
    response.on('drain', pour)
    pour()
  }
  const large = { code: 'A2A_ERR_TOO_LARGE' }
  const options = { maxSize: 100_000 }
  const one = await nasty(t, endless('application/json', 200, '{"a":"'), options)
  await t.rejects(one.agent.task('t').get(), large)
  await t.rejects(discover(`${one.url}card.json`, options), large)
  const two = await nasty(t, endless('text/event-stream', 200, 'data: '), options)
  await t.rejects(two.agent.stream('Hello').text(), large)
  const three = await nasty(t, endless('text/plain', 500, ''), options)
  await t.rejects(three.agent.task('t').get(), { name: 'InternalError' })
})

t.test('events of another task, and events that are none', async t => {
  for (const event of [{ statusUpdate: { ...isDone, taskId: 'another', contextId: 'c', status: { state: 'TASK_STATE_COMPLETED' } } }, { surprise: true }, { task: working, message: { parts: [] } }]) {
    const { agent, seen } = await nasty(t, exchange => stream(exchange, { task: working }, event))
    await t.rejects(agent.stream('Hello').text(), invalid)
    t.equal(seen.length, 1)
  }
})

t.test('an error in the middle of a stream', async t => {
  const { agent } = await nasty(t, exchange => {
    stream(exchange, { task: working })
    exchange.response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: exchange.rpc.id, error: { code: -32603, message: 'Oh' } })}\n\n`)
  })
  await t.rejects(agent.stream('Hello').text(), { name: 'InternalError', message: 'Oh' })
})

t.test('a stream that stays open when it has nothing more to say', async t => {
  const question = { statusUpdate: { taskId: 't', contextId: 'c', status: { state: 'TASK_STATE_INPUT_REQUIRED' } } }
  const { agent } = await nasty(t, exchange => stream(exchange, { task: working }, question))
  t.equal((await agent.stream('Hello').task()).status.state, 'TASK_STATE_INPUT_REQUIRED')
  const { agent: other } = await nasty(t, exchange => stream(exchange, { task: working }, isDone))
  t.equal((await other.stream('Hello').task()).status.state, 'TASK_STATE_COMPLETED')
})

t.test('a stream that ends in the middle of the work, again and again', async t => {
  const { agent, seen } = await nasty(t, exchange => { stream(exchange, { task: working }); exchange.response.end() }, { reconnect: { attempts: 3, minDelay: 0 } })
  await t.rejects(agent.stream('Hello').text(), { code: 'A2A_ERR_STREAM', message: /TASK_STATE_WORKING/ })
  t.equal(seen.length, 4)
})

t.test('cards that lie', async t => {
  const { agent } = await nasty(t, exchange => {
    if (exchange.rpc.method === 'SendStreamingMessage') fail(exchange, -32004)
    else answer(exchange, exchange.rpc.method === 'SendMessage' ? { task: working } : { ...completed, artifacts: [{ artifactId: 'a', parts: [{ text: 'done' }] }] })
  })
  t.equal(await agent.stream('Hello').text(), 'done', 'one that says that it streams, and does not, is asked')

  const { agent: dead } = await nasty(t, () => {}, {}, { supportedInterfaces: [{ url: 'http://127.0.0.1:1/', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] })
  await t.rejects(dead.send('Hello'), { code: 'A2A_ERR_NETWORK' })

  for (const wrong of [{}, { name: 'x' }, { name: 'x', supportedInterfaces: [] }, { name: 'x', supportedInterfaces: 'all' }]) {
    await t.rejects(discover(wrong as never), invalid)
  }
  const offered = [{ url: 'wss://x.test', protocolBinding: 'WEBSOCKET', protocolVersion: '1.0' }, { url: 'https://x.test', protocolBinding: 'JSONRPC', protocolVersion: '2.0' }, { url: 'file:///etc/passwd', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }]
  await t.rejects(discover({ ...cardOf('https://x.test'), supportedInterfaces: offered }), { code: 'A2A_ERR_INTERFACE', message: /WEBSOCKET 1.0 at wss:.*x.test/ })
})

t.test('credentials do not go to another origin than the card\'s', async t => {
  const thief = await listen(t, exchange => answer(exchange, completed))
  const card = cardOf(thief.url, { securitySchemes: { key: { apiKeySecurityScheme: { location: 'header', name: 'X-Key' } } }, securityRequirements: [{ schemes: { key: {} } }] })
  const { url } = await listen(t, ({ response }) => send(response, card))
  await t.rejects(discover(`${url}card.json`, { credentials: apiKey('secret') }), { code: 'A2A_ERR_TRUST', message: /origins/ })
  t.strictSame(thief.seen, [])
  const agent = await discover(`${url}card.json`, { credentials: apiKey('secret'), origins: [new URL(thief.url).origin] })
  t.equal((await agent.task('t').get()).id, 't')
  await t.rejects(discover({ ...card }, { credentials: bearer('x') }), { code: 'A2A_ERR_CREDENTIALS', message: /requires key/ })
})
