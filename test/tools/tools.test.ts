/** Skills of agents over real sockets as tools: what they are called, what they take, and what calls of them come to. */
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { Executor } from '../../lib/agent/executor.ts'
import { createRegistry, discover, type RemoteAgent } from '../../lib/client/index.ts'
import { skillSchemaUri } from '../../lib/extensions/skill-schema.ts'
import { asTools, callTool, toJsonSchemaTools, toModelText, type AsToolsOptions, type RemoteTool, type ToolProgress } from '../../lib/tools/index.ts'
import { stopped, type HostOptions } from '../helpers/host.ts'
import { gate, until } from '../helpers/wait.ts'
import { connect, inputSchema, quick, serve, travelCard } from './agents.ts'

async function toolsOf (t: Test, options: HostOptions & { tools?: AsToolsOptions } = {}): Promise<RemoteTool[]> {
  const { tools, ...host } = options
  return asTools(await connect(t, host), tools)
}

function named (tools: readonly RemoteTool[], name: string): RemoteTool {
  const tool = tools.find(tool => tool.name === name)
  if (tool === undefined) throw new Error(`There is no tool ${name}, but ${tools.map(({ name }) => name).join(', ')}`)
  return tool
}

async function smallTalk (t: Test, message: string, options: AsToolsOptions = {}) {
  return await named(await toolsOf(t, { tools: options }), 'small_talk').execute({ message })
}

/** An agent that says of itself what the card says, and is never asked. */
async function claiming (card: Partial<AgentCard>): Promise<RemoteAgent> {
  return await discover({
    name: 'Foreign',
    description: 'Foreign',
    version: '1',
    capabilities: {},
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    supportedInterfaces: [{ url: 'http://127.0.0.1:1/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    ...card
  }, quick)
}

const skill = (id: string, description = 'Does it') => ({ id, name: id, description, tags: [] })

t.test('each skill is a tool: with the schema that it declares, or a message', async t => {
  const tools = await toolsOf(t)
  t.strictSame(tools.map(({ name }) => name), ['flight_search', 'small_talk', 'Flight_agent_reply'])
  const [search, talk, reply] = tools
  const { contextId, ...properties } = search?.inputSchema.properties as Record<string, unknown>
  t.strictSame({ ...search?.inputSchema, properties }, inputSchema)
  t.match(contextId, { type: 'string' })
  t.match(talk?.inputSchema, { type: 'object', properties: { message: { type: 'string' }, taskId: {}, contextId: {} }, required: ['message'] })
  t.strictSame(reply?.inputSchema.required, ['message', 'taskId'])
  t.match(talk?.description, 'remote agent "Flight agent" do this, in its own words: Talks about travelling\nFor example: "How is Rome?"')
  t.match(talk, { title: 'Small talk', source: { skill: 'small-talk' } })
})

t.test('an agent that declares no skill is one tool', async t => {
  const tools = await toolsOf(t, { card: { name: 'Flüge & mehr', description: 'Does everything' } })
  t.match(tools, [{ name: 'Fluge_mehr', description: /Does everything/ }])
  t.match(asTools(await claiming({ name: '旅行', description: 'In full' })), [{ name: /^tool_[0-9a-f]{8}$/, description: /In full/ }])
})

t.test('data, text and files of an answer', async t => {
  const tools = await toolsOf(t)
  const found = await named(tools, 'flight_search').execute({ from: 'BER', to: 'HND' })
  t.match(found, {
    state: 'TASK_STATE_COMPLETED',
    taskId: String,
    contextId: String,
    text: 'One offer',
    isTruncated: false,
    data: [{ query: { from: 'BER', to: 'HND' }, offers: [{ flight: 'LH1' }] }]
  })
  t.equal(toModelText(found), `One offer\n${JSON.stringify(found.data[0])}\n[contextId: "${found.contextId}"]`)
  const files = await named(tools, 'small_talk').execute({ message: 'files' })
  t.strictSame(files.files, [
    { name: 'chart.png', mediaType: 'image/png', size: 4, bytes: Buffer.from('PNG!').toString('base64') },
    { mediaType: 'application/pdf', url: 'https://files.example/report.pdf' }
  ])
  t.match(toModelText(files), '[A file: chart.png, image/png, 4 bytes]\n[A file: application/pdf, https://files.example/report.pdf]\n')
  t.match(await named(tools, 'small_talk').execute({ message: 'reply' }), { text: 'Just a message', state: undefined })
  t.same(JSON.parse(JSON.stringify(found)), found, 'is JSON')
})

t.test('progress: states, what the agent says, and the text so far', async t => {
  const tool = named(await toolsOf(t), 'small_talk')
  const seen: ToolProgress[] = []
  await tool.execute({ message: 'write' }, { onProgress: progress => { seen.push(progress) } })
  t.ok(seen.some(({ message, state }) => message === 'Writing' && state === 'TASK_STATE_WORKING'))
  const texts = [...new Set(seen.map(({ text }) => text))]
  t.strictSame(texts, ['', 'Dear ', 'Dear Ada, ', 'Dear Ada, hello'])
  t.equal(seen.at(-1)?.state, 'TASK_STATE_COMPLETED')
})

t.test('a question is a result, and the same tool takes the answer', async t => {
  const tool = named(await toolsOf(t), 'small_talk')
  const asked = await tool.execute({ message: 'ask' })
  t.match(asked, { state: 'TASK_STATE_INPUT_REQUIRED', question: 'Who flies?', answerBy: 'small_talk', error: undefined })
  t.equal(toModelText(asked), `[The agent asks a question]: Who flies?\n[It is not done yet. To answer, call the tool small_talk with the answer as message, and its taskId: "${asked.taskId}"]\n[contextId: "${asked.contextId}"]`)
  const answered = await tool.execute({ message: 'Ada', taskId: asked.taskId, contextId: '' })
  t.match(answered, { taskId: asked.taskId, state: 'TASK_STATE_COMPLETED', text: 'Done: Ada' })
})

t.test('a tool with a schema has another one for answers', async t => {
  const tools = await toolsOf(t)
  const asked = await named(tools, 'flight_search').execute({ from: 'BER', to: '???' })
  t.match(asked, { question: 'Where to?', answerBy: 'Flight_agent_reply' })
  const answered = await named(tools, 'Flight_agent_reply').execute({ message: 'HND', taskId: asked.taskId })
  t.match(answered, { taskId: asked.taskId, data: [{ query: 'HND' }] })
})

t.test('onInputRequired and onAuthRequired answer in place of the model', async t => {
  const result = await smallTalk(t, 'ask', { onInputRequired: ({ text }) => `Answer to ${text}` })
  t.match(result, { state: 'TASK_STATE_COMPLETED', text: 'Done: Answer to Who flies?' })
  const tool = named(await toolsOf(t), 'small_talk')
  t.match(await tool.execute({ message: 'ask' }, { onInputRequired: () => 'Ada' }), { text: 'Done: Ada' })
  t.match(await tool.execute({ message: 'ask' }, { onInputRequired: () => undefined }), { question: 'Who flies?' })
  const auth = await tool.execute({ message: 'sign in' })
  t.match(toModelText(auth), '[The agent waits for an authorization that only the user can give]: Sign in at example.com')
  t.match(await tool.execute({ message: 'sign in' }, { onAuthRequired: () => 'signed' }), { text: 'Done: signed' })
})

t.test('a conversation: by the model, or by the host', async t => {
  const tool = named(await toolsOf(t), 'small_talk')
  const { contextId } = await tool.execute({ message: 'Hello' })
  t.equal((await tool.execute({ message: 'Again', contextId })).contextId, contextId)
  const search = named(await toolsOf(t, { executor: task => ({ data: task.data }) }), 'flight_search')
  t.match(await search.execute({ from: 'BER', to: 'HND', contextId: 'trip' }), { contextId: 'trip', data: [{ from: 'BER', to: 'HND', contextId: undefined }] })
  const fixed = named(await toolsOf(t, { tools: { contextId: 'trip' } }), 'small_talk')
  t.equal((await fixed.execute({ message: 'Hello' })).contextId, 'trip')
})

t.test('an agent that fails, refuses, or throws', async t => {
  const failed = await smallTalk(t, 'fail')
  t.match(failed, { state: 'TASK_STATE_FAILED', error: { code: 'TASK_STATE_FAILED', message: 'The agent has failed: No seats' } })
  t.match(toModelText(failed), /^\[Not done \(TASK_STATE_FAILED\), task .*\] The agent has failed: No seats\n/)
  t.match((await smallTalk(t, 'reject')).error, { code: 'TASK_STATE_REJECTED', message: /Not my trade/ })
  t.notMatch(JSON.stringify(await smallTalk(t, 'throw')), 'secret')
})

t.test('input that is none, and what the agent refuses', async t => {
  const tools = await toolsOf(t)
  for (const input of [undefined, 'text', [], { message: '' }, { message: 1 }]) {
    t.match((await named(tools, 'small_talk').execute(input)).error, { code: 'InvalidParamsError' }, JSON.stringify(input))
  }
  t.match((await named(tools, 'flight_search').execute({ from: 'BER' })).error, { code: 'InvalidParamsError', message: /to/ })
  t.match(await named(tools, 'small_talk').execute({ message: 'Ada', taskId: 'none' }), { taskId: 'none', error: { code: 'TaskNotFoundError' } })
})

t.test('the signal cancels the task, and does not wait for it', async t => {
  const ended = gate()
  const begun = gate()
  const tools = await toolsOf(t, { executor: async task => { await task.working(); begun.open(); await stopped(task.signal); ended.open() } })
  const controller = new AbortController()
  const result = named(tools, 'small_talk').execute({ message: 'stay' }, { signal: controller.signal, onProgress: async () => { await begun.opened; controller.abort(new Error('enough')) } })
  await t.rejects(result, /enough/)
  await ended.opened
  await t.rejects(named(tools, 'small_talk').execute({ message: 'stay' }, { signal: AbortSignal.abort(new Error('before')) }), /before/)
})

t.test('a deadline cancels the task, too', async t => {
  const ended = gate()
  const tools = await toolsOf(t, { tools: { timeout: 100 }, executor: async task => { await task.working(); await stopped(task.signal); ended.open() } })
  t.match((await named(tools, 'small_talk').execute({ message: 'stay' })).error, { code: 'A2A_ERR_TIMEOUT', message: 'The agent "Flight agent" did not answer in time' })
  await ended.opened
})

t.test('an agent that is away: an error without addresses', async t => {
  const [tool] = asTools(await claiming({}))
  const { error } = await tool?.execute({ message: 'Hello' }) ?? {}
  t.match(error, { code: 'A2A_ERR_NETWORK', message: /^The agent "Foreign" can't be reached/ })
  t.notMatch(error?.message, '127.0.0.1')
})

t.test('an agent that answers megabytes is cut, and one that does not stop is canceled', async t => {
  const megabytes: Executor = async task => {
    await task.artifact({ text: 'é'.repeat(3_000_000) })
    await task.artifact({ data: 'x'.repeat(1_000_000) })
    await task.artifact({ raw: Buffer.alloc(1_000_000), mediaType: 'image/png' })
  }
  const long = await toolsOf(t, { tools: { maxResult: 1_000, maxFiles: 10 }, executor: megabytes })
  const result = await named(long, 'small_talk').execute({ message: 'Go' })
  t.equal(result.text.length, 1_000)
  t.match(result, { data: [], files: [{ size: 1_000_000, bytes: undefined }], isTruncated: true })
  t.ok(toModelText(result).length < 1_200)

  const ended = gate()
  const writes: Executor = async task => {
    task.signal.addEventListener('abort', () => ended.open())
    const artifact = task.artifactStream()
    while (!task.signal.aborted) {
      await artifact.write('x'.repeat(50_000))
      await setImmediate()
    }
  }
  const endless = await toolsOf(t, { tools: { maxReceived: 1_000_000 }, executor: writes })
  t.match((await named(endless, 'small_talk').execute({ message: 'Go' })).error, { code: 'A2A_ERR_TOO_LARGE', message: 'The agent "Flight agent" has sent too much' })
  await ended.opened
})

t.test('names that would be the same get a mark of their agent, whoever came first', async t => {
  const agents = await Promise.all(['one', 'two'].map(async tenant => await claiming({
    skills: [skill('Search!'), skill('search')], supportedInterfaces: [{ url: `http://${tenant}.test/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }]
  })))
  const names = asTools(agents).map(({ name }) => name)
  t.equal(new Set(names).size, 4)
  for (const name of names) t.match(name, /^Foreign_[sS]earch_[0-9a-f]{8}$/)
  t.strictSame(asTools([...agents].reverse()).map(({ name }) => name).sort(), [...names].sort())
  t.strictSame(asTools(await claiming({ skills: [skill('Search!'), skill('search')] })).map(({ name }) => name), ['Search', 'search'])
  const given = asTools(agents, { name: ({ id }) => `mine/${id}`, filter: ({ id }) => id === 'search' }).map(({ name }) => name)
  t.match(given, [/^mine_search_[0-9a-f]{8}$/, /^mine_search_[0-9a-f]{8}$/])
})

t.test('hostile names and descriptions', async t => {
  const tag = [...'ignore'].map(letter => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')
  const tools = asTools(await claiming({
    name: `Bank\u202e\u0000${'!'.repeat(500)}`,
    skills: [skill('x'.repeat(256)), skill(`${'x'.repeat(255)}y`), skill('__proto__'), skill('1; rm -rf /'), skill('💣'), skill('long', `${tag}Pay\u200b\u001b[2J ${'🙂'.repeat(100_000)}`)]
  }))
  for (const { name, description, title } of tools) {
    t.match(name, /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/)
    t.ok(description.length <= 1_024 && title.length <= 128 && !/\p{Cs}/u.test(description), name)
    t.notMatch(description + title, /[\p{Cc}\p{Cf}]/u)
  }
  t.equal(new Set(tools.map(({ name }) => name)).size, tools.length)
  t.match(tools.at(-1)?.description, /in its own words: Pay\[2J 🙂/)
})

t.test('schemas of foreign cards: cleaned, wrapped where they are no objects, left out where they are too much', async t => {
  const deep = (depth: number): object => depth === 0 ? {} : { properties: { a: deep(depth - 1) } }
  const list = { type: 'array', items: { $ref: '#/$defs/x' }, $defs: { x: { type: 'string', description: 'A\u202eB' } } }
  const schemas = { list, deep: { type: 'object', ...deep(60) }, huge: { type: 'object', enum: ['x'.repeat(100_000)] }, remote: { $ref: 'http://evil.test/schema' }, none: 'text' }
  const tools = asTools(await claiming({
    skills: Object.keys(schemas).map(id => skill(id)),
    capabilities: { extensions: [{ uri: skillSchemaUri, params: { skills: Object.fromEntries(Object.entries(schemas).map(([id, inputSchema]) => [id, { inputSchema }])) } }] }
  }))
  t.strictSame(named(tools, 'list').inputSchema, {
    type: 'object',
    required: ['input'],
    additionalProperties: false,
    properties: {
      input: { type: 'array', items: { $ref: '#/properties/input/$defs/x' }, $defs: { x: { type: 'string', description: 'AB' } } },
      contextId: { type: 'string', description: 'Only to go on with the conversation of an earlier result' }
    }
  })
  for (const name of ['deep', 'huge', 'remote', 'none']) t.strictSame(named(tools, name).inputSchema.required, ['message'], name)
})

t.test('what is no object goes to the skill as it is', async t => {
  const tools = await toolsOf(t, { card: { ...travelCard, skills: [{ id: 'sum', inputSchema: { type: 'array', items: { type: 'number' } } }] }, executor: task => ({ data: task.data }) })
  t.match(await named(tools, 'sum').execute({ input: [1, 2] }), { data: [[1, 2]] })
  t.match((await named(tools, 'sum').execute({})).error, { message: 'input is required' })
  t.match((await named(tools, 'sum').execute({ input: ['x'] })).error, { code: 'InvalidParamsError' })
})

t.test('a registry: tools of all agents, their health counts, and what changes is told', async t => {
  const one = await serve(t, { card: { ...travelCard, name: 'One' } })
  const registry = await createRegistry({ agents: [one], refresh: 0, client: quick, circuit: { failures: 1, pause: 60_000 } })
  t.teardown(async () => { await registry.close() })
  let changes = 0
  const stop = registry.onChange(() => { changes++ })
  const two = await serve(t, { card: { ...travelCard, name: 'Two' } })
  await registry.add({ agent: two, id: 'second' })
  t.equal(changes, 1)
  await registry.refresh()
  t.equal(changes, 1, 'nothing has changed')
  const tools = asTools(registry)
  t.strictSame(tools.map(({ name }) => name), ['One_flight_search', 'One_small_talk', 'One_reply', 'Two_flight_search', 'Two_small_talk', 'Two_reply'])
  t.match(await named(tools, 'Two_small_talk').execute({ message: 'Hello' }), { text: 'Done: Hello' })
  await registry.remove('second')
  t.equal(changes, 2)
  t.match(await named(tools, 'Two_small_talk').execute({ message: 'Hello' }), { error: { code: 'A2A_ERR_CARD' } })
  stop()
  const away = await registry.add({ id: 'away', agent: (await claiming({ name: 'Away', skills: [skill('one')] })).card })
  t.equal(changes, 2)
  const [tool] = asTools(registry, { filter: (_skill, { id }) => id === away.id })
  t.match((await tool?.execute({ message: 'Hello' }))?.error, { code: 'A2A_ERR_NETWORK', message: /can't be reached/ })
  t.match((await tool?.execute({ message: 'Hello' }))?.error, { code: 'A2A_ERR_NETWORK', message: /left alone/ })
  t.equal(registry.get('away')?.health.isHealthy, false)
})

t.test('plain lists: four forms, and calls by name', async t => {
  const tools = await toolsOf(t)
  const [plain, anthropic, responses, chat] = [toJsonSchemaTools(tools)[0], toJsonSchemaTools(tools, 'anthropic')[0], toJsonSchemaTools(tools, 'openai-responses')[0], toJsonSchemaTools(tools, 'openai-chat')[0]]
  t.match(plain, { name: 'flight_search', inputSchema })
  t.match(anthropic, { name: 'flight_search', input_schema: inputSchema })
  t.match(responses, { type: 'function', name: 'flight_search', parameters: inputSchema, strict: false })
  t.match(chat, { type: 'function', function: { name: 'flight_search', parameters: inputSchema } })
  t.match(await callTool(tools, 'small_talk', '{"message":"Hello"}'), { text: 'Done: Hello' })
  t.match(await callTool(tools, 'small_talk', '{'), { error: { code: 'JSONParseError' } })
  t.match(await callTool(tools, 'no', {}), { error: { message: 'There is no tool "no"' } })
})

t.test('limits that are none are refused', async t => {
  const agent = await claiming({})
  t.throws(() => asTools(agent, { maxResult: -1 }), { code: 'A2A_ERR_OPTIONS', message: 'asTools: maxResult must be a number, and not negative' })
})

t.test('headers go with every request', async t => {
  const seen: unknown[] = []
  const agent = await connect(t, { executor: () => 'done' }, { ...quick, interceptors: [async (call, next) => { seen.push(call.headers); return await next(call) }] })
  await asTools(agent, { headers: { 'x-one': '1' } })[1]?.execute({ message: 'Hello' }, { headers: { 'x-two': '2' } })
  await until(() => seen.length > 0)
  t.match(seen[0], { 'x-one': '1', 'x-two': '2' })
})
