/** MCP servers of the official SDK inside of agents: as tools of models, as skills, and by hand. */
import { fileURLToPath } from 'node:url'
import { streamText, stepCountIs, type ToolSet } from 'ai'
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test'
import { expectTypeOf } from 'expect-type'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { discover } from '../../lib/client/index.ts'
import { asTools, toAiSdkTools, toOpenAiAgentsTools } from '../../lib/tools/index.ts'
import a2a from '../../plugins/a2a.ts'
import mcp, { fromMcp, type McpTarget, type McpTools } from '../../plugins/mcp/index.ts'
import { agent, closeAfter, listen, stopped } from '../helpers/host.ts'
import { gate, until } from '../helpers/wait.ts'
import { connect, quick, serve, travelCard } from '../tools/agents.ts'
import { call, connectTo, inMemory, overHttp, textIn } from './client.ts'
import { weatherServer } from './weather.ts'

const stdio = { command: process.execPath, args: ['--import=tsx', fileURLToPath(new URL('./weather.ts', import.meta.url))] }

async function from (t: Test, target: McpTarget, options: Parameters<typeof fromMcp>[1] = {}): Promise<McpTools> {
  const tools = await fromMcp(target, options)
  t.teardown(async () => { await tools.close() })
  return tools
}

/** @returns the server's end of a connection, in this process */
async function weather (onCanceled?: () => void): Promise<McpTarget> {
  const [near, far] = inMemory()
  await weatherServer(onCanceled).connect(far)
  return near
}

async function hosted (t: Test, tools: McpTools, card: Parameters<McpTools['card']>[0] = {}): Promise<string> {
  const app = Fastify({ forceCloseConnections: true })
  closeAfter(t, app)
  await app.register(a2a, { ...agent(), executor: undefined, card: tools.card(card) })
  return await listen(app)
}

t.test('tools for models, with names that every framework takes', async t => {
  const { tools } = await from(t, await weather())
  t.match(tools[0], { name: 'get_forecast', title: 'Forecast', description: 'The weather of a city', inputSchema: { type: 'object', required: ['city'] }, source: { id: 'weather', skill: 'get-forecast' } })
  t.match(await tools[0]?.execute({ city: 'Rome' }), { text: '', data: [{ city: 'Rome', degrees: 20 }], error: undefined })
  t.match(await tools[0]?.execute({}), { error: { code: 'McpToolError', message: /city/ } })
  t.match(await tools[0]?.execute('Rome'), { error: { code: 'InvalidParamsError' } })
  const some = await from(t, await weather(), { filter: ({ name }) => name === 'map', id: 'sky' })
  t.match(some.tools.map(({ name, source }) => [name, source.id]), [['map', 'sky']])
})

t.test('in the AI SDK', async t => {
  const tools = toAiSdkTools((await from(t, await weather())).tools)
  expectTypeOf(tools).toExtend<ToolSet>()
  const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined }, outputTokens: { total: 1, text: 1, reasoning: undefined } }
  const model = new MockLanguageModelV3({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunks: [{ type: 'tool-call', toolCallId: '1', toolName: 'get_forecast', input: '{"city":"Rome"}' }, { type: 'finish', usage, finishReason: { unified: 'tool-calls', raw: undefined } }]
      })
    })
  })
  const result = streamText({ model, prompt: 'Rome?', tools, stopWhen: stepCountIs(1) })
  await result.consumeStream()
  t.match((await result.toolResults)[0]?.output, { data: [{ city: 'Rome', degrees: 20 }] })
  t.equal(toOpenAiAgentsTools((await from(t, await weather())).tools)[0]?.name, 'get_forecast')
})

t.test('by hand: results, failures, progress and cancellation', async t => {
  const canceled = gate()
  const tools = await from(t, await weather(canceled.open))
  t.match(await tools.callTool('map', { from: 'A', to: 'B' }), {
    text: 'From A to BA legend', files: [{ mediaType: 'image/png', size: 4, bytes: 'UE5HIQ==' }, { name: 'All maps', url: 'https://maps.example/all.pdf' }]
  })
  t.match(await tools.callTool('fail'), { error: { code: 'McpToolError', message: 'No satellites' }, text: '' })
  t.match(await tools.callTool('no'), { error: { message: /no/ } })
  const controller = new AbortController()
  const waiting = tools.callTool('wait', {}, { signal: controller.signal, onProgress: ({ message }) => { if (message === 'Waiting') controller.abort(new Error('enough')) } })
  await t.rejects(waiting, /enough/)
  await canceled.opened
  const impatient = await from(t, await weather(), { timeout: 30 })
  t.match(await impatient.callTool('wait'), { error: { code: 'A2A_ERR_TIMEOUT' } })
})

t.test('an MCP server is an agent: its tools are skills', async t => {
  const tools = await from(t, await weather())
  const agent = await discover(await hosted(t, tools), quick)
  t.match(agent.card, { name: 'weather', version: '2.1.0', description: 'Weather of the world' })
  t.match(agent.card.skills[0], { id: 'get-forecast', name: 'Forecast', description: 'The weather of a city' })
  const forecast = { skill: 'get-forecast' }
  t.match((await agent.send([{ data: { city: 'Rome' } }], forecast)).task, { artifacts: [{ name: 'result', parts: [{ data: { city: 'Rome', degrees: 20 } }] }] })
  t.match((await agent.send('Rome', forecast)).task?.artifacts, [{ parts: [{ data: { city: 'Rome' } }] }], 'the one text that it takes')
  t.match((await agent.send('{"city":"Oslo"}', forecast)).task?.artifacts, [{ parts: [{ data: { city: 'Oslo' } }] }], 'JSON')
  await t.rejects(agent.send([{ data: { town: 'Rome' } }], forecast), { name: 'InvalidParamsError' })
  t.match((await agent.send([{ data: { from: 'A', to: 'B' } }], { skill: 'map' })).task?.artifacts, [{ parts: [{ text: 'From A to B' }, { raw: 'UE5HIQ==', mediaType: 'image/png' }, { text: 'A legend', filename: 'legend.txt' }, { url: 'https://maps.example/all.pdf' }] }])
  t.match((await agent.send('', { skill: 'fail' })).task?.status, { state: 'TASK_STATE_FAILED', message: { parts: [{ text: 'No satellites' }] } })
})

t.test('a message that can not be the input is asked for again', async t => {
  const agent = await discover(await hosted(t, await from(t, await weather())), quick)
  const asked = await agent.send('from A to B', { skill: 'map' })
  t.match(asked.task?.status, { state: 'TASK_STATE_INPUT_REQUIRED', message: { parts: [{ text: /map takes data/ }, { data: { inputSchema: { required: ['from', 'to'] } } }] } })
  const answered = await agent.task(asked.task?.id ?? '').reply([{ data: { from: 'A', to: 'B' } }])
  t.match(answered.task, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'From A to B' }] }] })
})

t.test('progress is told, and canceling the task cancels the call', async t => {
  const canceled = gate()
  const agent = await discover(await hosted(t, await from(t, await weather(canceled.open))), quick)
  const stream = agent.stream('', { skill: 'wait' })
  const seen: Array<string | undefined> = []
  for await (const event of stream) {
    if (event.type !== 'status') continue
    seen.push(event.status.message?.parts[0]?.text)
    if (seen.at(-1) === 'Waiting') await agent.task(event.taskId).cancel()
  }
  t.ok(seen.includes('Waiting'))
  t.equal(stream.current?.status.state, 'TASK_STATE_CANCELED')
  await canceled.opened
})

t.test('tools that come later are in the card', async t => {
  const tools = await from(t, await weather())
  const url = await hosted(t, tools, { name: 'Sky' })
  const before = tools.skills
  await tools.callTool('learn')
  await until(() => tools.skills !== before)
  const agent = await discover(url, quick)
  t.match(agent.card, { name: 'Sky' })
  t.ok(agent.card.skills.some(({ id }) => id === 'learned'))
  t.equal((await agent.send('', { skill: 'learned' })).text, 'learned')
})

t.test('over standard input and output; a server that dies is started again', async t => {
  const tools = await from(t, stdio)
  const pid = async () => (await tools.callTool('pid')).text
  const first = await pid()
  t.equal(await pid(), first)
  t.match(await tools.callTool('die'), { error: { code: 'A2A_ERR_NETWORK' } })
  const second = await pid()
  t.match(second, /^\d+$/)
  t.not(second, first)
  await tools.close()
  await t.rejects(tools.callTool('pid'), { code: 'A2A_ERR_SHUTDOWN' })
  await t.rejects(fromMcp({ command: process.execPath, args: ['--eval', 'process.exit(3)'] }))
  await t.rejects(fromMcp({ url: 'http://127.0.0.1:1/mcp' }))
})

t.test('over HTTP; a session that a new server does not know is begun anew', async t => {
  const remote = await connect(t)
  const start = async (port: number) => {
    const app = Fastify({ forceCloseConnections: true })
    closeAfter(t, app)
    await app.register(mcp, { agents: remote })
    return { app, url: await app.listen({ port, host: '127.0.0.1' }) }
  }
  const { app: first, url } = await start(0)
  const tools = await from(t, { url: `${url}/mcp`, headers: { 'x-test': '1' } })
  t.match(await tools.callTool('small_talk', { message: 'Hello' }), { text: /^Done: Hello/ })
  await first.close()
  t.match(await tools.callTool('small_talk', { message: 'Hello' }), { error: { code: 'A2A_ERR_NETWORK', message: 'The MCP server can\'t be reached, or the connection broke' } })
  await start(Number(new URL(url).port))
  t.match(await tools.callTool('small_talk', { message: 'Hello' }), { text: /^Done: Hello/ })
})

t.test('a client of yours stays yours', async t => {
  const [near, far] = inMemory()
  await weatherServer().connect(far)
  const client = await connectTo(t, near)
  const tools = await fromMcp(client)
  t.match(await tools.callTool('pid'), { text: String(process.pid) })
  await tools.close()
  t.ok((await client.listTools()).tools.length > 0)
})

t.test('the whole chain: MCP inside, A2A between, MCP outside', async t => {
  const canceled = gate()
  const inner = await from(t, await weather(canceled.open))
  const remote = await discover(await hosted(t, inner), quick)
  const app = Fastify({ forceCloseConnections: true })
  closeAfter(t, app)
  await app.register(mcp, { agents: remote })
  const client = await connectTo(t, overHttp(`${await listen(app)}/mcp`))
  const { tools } = await client.listTools()
  const forecast = tools.find(({ name }) => name === 'get_forecast')
  t.match(forecast, { title: 'Forecast', inputSchema: { properties: { city: { type: 'string' } }, required: ['city'] } }, 'the schema has come through')
  t.match(await call(client, 'get_forecast', { city: 'Rome' }), { structuredContent: { city: 'Rome', degrees: 20 }, content: [{ type: 'text', text: /^{"city":"Rome","degrees":20}\n/ }] })
  t.match(await call(client, 'map', { from: 'A', to: 'B' }), { content: [{ type: 'text', text: /From A to B/ }, { type: 'image', data: 'UE5HIQ==' }, { type: 'resource_link' }] })
  t.match(textIn(await call(client, 'fail', {})), 'No satellites')
  const controller = new AbortController()
  await t.rejects(call(client, 'wait', {}, { signal: controller.signal, onprogress: ({ message }) => { if (message === 'Waiting') controller.abort(new Error('enough')) } }))
  await canceled.opened
  t.pass('a cancelled request has gone all the way')
})

t.test('and the other way: an agent that uses an agent as a tool', async t => {
  const ended = gate()
  const worker = await serve(t, { executor: async task => { await task.working('Deep down'); if (task.text !== 'stay') return 'done below'; await stopped(task.signal); ended.open() } })
  const [talk] = asTools(await discover(worker, quick), { filter: ({ id }) => id === 'small-talk' })
  const manager = await connect(t, {
    card: { ...travelCard, name: 'Manager' },
    executor: async task => {
      const result = await talk?.execute({ message: task.text }, { signal: task.signal, onProgress: async ({ message }) => { if (message !== undefined) await task.working(message) } })
      return result?.text
    }
  })
  const stream = manager.stream('Hello', { skill: 'small-talk' })
  const said: Array<string | undefined> = []
  for await (const event of stream) if (event.type === 'status') said.push(event.status.message?.parts[0]?.text)
  t.ok(said.includes('Deep down'))
  t.equal((await stream.result()).text, 'done below')
  const staying = manager.stream('stay', { skill: 'small-talk' })
  for await (const event of staying) if (event.type === 'status' && event.status.message !== undefined && event.status.state === 'TASK_STATE_WORKING') await manager.task(event.taskId).cancel()
  await ended.opened
})
