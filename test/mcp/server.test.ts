/** Agents as MCP tools: the official client, in memory and over the command's standard input and output. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ToolListChangedNotificationSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import t, { type Test } from 'tap'
import { createRegistry } from '../../lib/client/index.ts'
import { createMcpServer, type McpServerOptions, type McpSource } from '../../lib/mcp/server.ts'
import { stopped } from '../helpers/host.ts'
import { gate } from '../helpers/wait.ts'
import { connect, inputSchema, quick, serve, travel, travelCard } from '../tools/agents.ts'
import { call, connectTo, inMemory, overStdio, textIn } from './client.ts'

// Each child process takes its time to start.
t.setTimeout(300_000)

async function clientOf (t: Test, source: McpSource, options: McpServerOptions = {}, elicit?: (message: string) => ElicitResult) {
  const server = await createMcpServer(source, options)
  const [near, far] = inMemory()
  await server.connect(far)
  return await connectTo(t, near, elicit)
}

t.test('skills are tools', async t => {
  const client = await clientOf(t, await connect(t), { instructions: 'For travellers' })
  t.match(client.getServerVersion(), { name: 'Flight agent', version: '1.0.0' })
  t.equal(client.getInstructions(), 'For travellers')
  const { tools } = await client.listTools()
  t.match(tools, [{ name: 'flight_search', title: 'Flight search', inputSchema, annotations: { openWorldHint: true } }, { name: 'small_talk' }, { name: 'Flight_agent_reply' }])
})

t.test('text, structured data, files, and the task', async t => {
  const client = await clientOf(t, await connect(t))
  const found = await call(client, 'flight_search', { from: 'BER', to: 'HND' })
  t.match(found, {
    content: [{ type: 'text', text: /^One offer\n{/ }],
    structuredContent: { query: { from: 'BER', to: 'HND' }, offers: [{ flight: 'LH1' }] },
    _meta: { 'fastify-a2a.dev/task': { state: 'TASK_STATE_COMPLETED', taskId: String, contextId: String } }
  })
  t.match((await call(client, 'small_talk', { message: 'files' })).content, [
    { type: 'text' }, { type: 'image', mimeType: 'image/png', data: Buffer.from('PNG!').toString('base64') }, { type: 'resource_link', uri: 'https://files.example/report.pdf', mimeType: 'application/pdf' }
  ])
})

t.test('an agent that fails, refuses input, and a tool that there is not', async t => {
  const client = await clientOf(t, await connect(t))
  const failed = await call(client, 'small_talk', { message: 'fail' })
  t.equal(failed.isError, true)
  t.match(textIn(failed), 'No seats')
  t.match(await call(client, 'flight_search', {}), { isError: true })
  await t.rejects(call(client, 'no', {}), { code: -32602, message: /Unknown tool: no/ })
})

t.test('progress', async t => {
  const client = await clientOf(t, await connect(t), { progressInterval: 0 })
  const seen: Array<[number, string | undefined]> = []
  await call(client, 'small_talk', { message: 'write' }, { onprogress: ({ progress, message }) => { seen.push([progress, message]) } })
  const messages = seen.map(([, message]) => message)
  t.strictSame(seen.map(([progress]) => progress), seen.map((_item, index) => index + 1))
  t.ok(messages.includes('Writing'))
  t.ok(messages.includes('Dear Ada, '))
})

t.test('a cancelled request cancels the task, and so does a client that leaves', async t => {
  for (const leave of [false, true]) {
    const begun = gate()
    const ended = gate()
    const agent = await connect(t, { executor: async task => { await task.working(); begun.open(); await stopped(task.signal); ended.open() } })
    const client = await clientOf(t, agent)
    const controller = new AbortController()
    const result = call(client, 'small_talk', { message: 'stay' }, { signal: controller.signal })
    result.catch(() => {})
    await begun.opened
    if (leave) await client.close()
    else controller.abort(new Error('enough'))
    await t.rejects(result)
    await ended.opened
  }
})

t.test('what the agent asks is asked of the user, or else told to the model', async t => {
  const agent = await connect(t)
  const asked: string[] = []
  const answers: ElicitResult[] = [{ action: 'accept', content: { answer: 'Ada' } }, { action: 'decline' }, { action: 'accept', content: { answer: 1 } }]
  const client = await clientOf(t, agent, {}, message => {
    asked.push(message)
    return answers.shift() ?? { action: 'cancel' }
  })
  t.equal(textIn(await call(client, 'small_talk', { message: 'ask' })), 'Done: Ada')
  t.strictSame(asked, ['Small talk: Who flies?'])
  for (const how of ['declined', 'of another kind', 'canceled']) t.match(textIn(await call(client, 'small_talk', { message: 'ask' })), '[The agent asks a question]: Who flies?', how)
  const another = await clientOf(t, agent)
  const question = await call(another, 'small_talk', { message: 'ask' })
  t.notOk(question.isError)
  const { taskId } = question._meta?.['fastify-a2a.dev/task'] as { taskId: string }
  t.match(textIn(question), taskId)
  t.equal(textIn(await call(another, 'small_talk', { message: 'Ada', taskId })), 'Done: Ada')
  const silent = await clientOf(t, agent, { elicit: false }, () => { throw new Error('asked') })
  t.match(textIn(await call(silent, 'small_talk', { message: 'ask' })), 'Who flies?')
})

t.test('calls at a time are bounded', async t => {
  const begun = gate()
  const agent = await connect(t, { executor: async task => { await task.working(); begun.open(); await stopped(task.signal) } })
  const client = await clientOf(t, agent, { maxCalls: 1 })
  const controller = new AbortController()
  const first = call(client, 'small_talk', { message: 'stay' }, { signal: controller.signal })
  first.catch(() => {})
  await begun.opened
  t.match(await call(client, 'small_talk', { message: 'Hello' }), { isError: true, content: [{ text: /1 calls are running already/ }] })
  controller.abort()
  await t.rejects(first)
})

t.test('clients are told when the agents of a registry change', async t => {
  const registry = await createRegistry({ agents: [await serve(t)], refresh: 0, client: quick })
  t.teardown(async () => { await registry.close() })
  const client = await clientOf(t, registry)
  const changed = gate()
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => { changed.open() })
  t.equal((await client.listTools()).tools.length, 3)
  await registry.add(await serve(t, { card: { ...travelCard, name: 'Two' } }))
  await changed.opened
  t.equal((await client.listTools()).tools.length, 6)
  await client.close()
  await registry.add(await serve(t, { card: { ...travelCard, name: 'Three' } }))
})

t.test('the command, over standard input and output', async t => {
  const heard = gate()
  const url = await serve(t, { executor: task => travel(task, heard.opened) })
  const client = await connectTo(t, overStdio([url]), () => ({ action: 'accept', content: { answer: 'Ada' } }))
  t.match((await client.listTools()).tools, [{ name: 'flight_search' }, { name: 'small_talk' }, { name: 'Flight_agent_reply' }])
  const messages: Array<string | undefined> = []
  const found = await call(client, 'flight_search', { from: 'BER', to: 'HND' }, { onprogress: ({ message }) => { messages.push(message); heard.open() } })
  t.match(found.structuredContent, { offers: [{ flight: 'LH1' }] })
  t.ok(messages.includes('Searching 400 airlines'))
  t.equal(textIn(await call(client, 'small_talk', { message: 'ask' })), 'Done: Ada')
})

t.test('the command with several agents, one of them away', async t => {
  const transport = overStdio([await serve(t), 'http://127.0.0.1:1'])
  const complaints = gate()
  transport.stderr?.on('data', data => { if (String(data).includes('http://127.0.0.1:1')) complaints.open() })
  const client = await connectTo(t, transport)
  t.equal((await client.listTools()).tools.length, 3)
  await complaints.opened
})

t.test('the command ends with its client, and cancels what runs', async t => {
  const begun = gate()
  const ended = gate()
  const url = await serve(t, { executor: async task => { await task.working(); begun.open(); await stopped(task.signal); ended.open() } })
  const client = await connectTo(t, overStdio([url]))
  call(client, 'small_talk', { message: 'stay' }).catch(() => {})
  await begun.opened
  await client.close()
  await ended.opened
})

t.test('the command: wrong calls, and no agent', async t => {
  const run = async (...args: string[]) => {
    const child = spawn(process.execPath, ['--import=tsx', fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url)), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', data => { output += String(data) })
    child.stderr.on('data', data => { errors += String(data) })
    const [code] = await once(child, 'close')
    return { code, output, errors }
  }
  t.match(await run('mcp'), { code: 2, output: '', errors: /fastify-a2a mcp <url>/ })
  t.match(await run('mcp', 'http://127.0.0.1:1', '--timeout', 'soon'), { code: 2, output: '' })
  t.match(await run('mcp', '--nonsense'), { code: 2, output: '', errors: /^fastify-a2a: Unknown option/ })
  t.match(await run('mcp', 'http://127.0.0.1:1'), { code: 2, output: '', errors: /can't be reached/ })
  t.match(await run('--help'), { code: 0, output: /audit verify[^]*fastify-a2a mcp/ })
})
