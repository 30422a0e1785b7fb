/** How the variables set the conformance agent up. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { AgentCard } from '../../lib/index.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'
import { createSut } from './server.ts'
import type { Environment } from './settings.ts'

async function sut (t: Test, env: Environment = {}) {
  const { app } = await createSut({ PORT: '0', ...env })
  t.teardown(async () => { await app.close() })
  const card = async (): Promise<AgentCard> => (await app.inject('/.well-known/agent-card.json')).json()
  return { card, client: new RpcClient(app) }
}

t.test('capabilities', async t => {
  const full = await sut(t)
  t.match((await full.card()).capabilities, { streaming: true, extendedAgentCard: true })
  t.match(await full.client.result('GetExtendedAgentCard'), { name: 'Conformance agent' }, 'served to everybody')
  const bare = await sut(t, { SUT_CAPABILITIES: '' })
  t.match((await bare.card()).capabilities, { streaming: false, pushNotifications: false, extendedAgentCard: false })
})

t.test('the card names the port, and no field of 0.3 where only 1.0 is served', async t => {
  const { card } = await sut(t, { PORT: '9876' })
  t.same((await card()).supportedInterfaces, [
    { url: 'http://127.0.0.1:9876/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    { url: 'http://127.0.0.1:9876/a2a', protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' },
    { url: '127.0.0.1:9877', protocolBinding: 'GRPC', protocolVersion: '1.0' }
  ])
  t.notHas(await card(), { url: String })
})

t.test('bindings', async t => {
  const { card } = await sut(t, { SUT_BINDINGS: 'GRPC,JSONRPC' })
  t.match((await card()).supportedInterfaces, [{ protocolBinding: 'GRPC' }, { protocolBinding: 'JSONRPC' }])
  const { card: noGrpc } = await sut(t, { SUT_BINDINGS: 'HTTP+JSON', GRPC_PORT: '0' })
  t.match((await noGrpc()).supportedInterfaces, { length: 1, 0: { protocolBinding: 'HTTP+JSON' } })
  const { card: old } = await sut(t, { SUT_VERSIONS: '0.3', SUT_BINDINGS: 'GRPC', PORT: '9876' })
  t.match(await old(), { url: 'http://127.0.0.1:9877', preferredTransport: 'GRPC' }, 'as the suite of 0.3 reads it')
})

t.test('a required extension', async t => {
  const uri = 'urn:example:extension'
  const { card, client } = await sut(t, { SUT_REQUIRED_EXTENSION: uri })
  t.match((await card()).capabilities.extensions, [{ uri, required: true }])
  t.match(await client.error('SendMessage', sendParams('Hello')), { code: -32008 })
  t.match(await client.result('SendMessage', sendParams('Hello'), { 'a2a-extensions': `urn:other, ${uri}` }), { task: {} })
  t.match(await client.result('SendMessage', sendParams('Hello', { message: { extensions: [uri] } })), { task: {} })
})

t.test('API keys', async t => {
  const { card, client } = await sut(t, { SUT_API_KEYS: 'key1=alice,key2=bob' })
  t.match(await card(), { name: 'Conformance agent' }, 'anybody may discover the agent')
  const { status, body } = await client.ask('SendMessage', sendParams('Hello'))
  t.match([status, body.error], [401, { code: -32052 }])
  t.equal((await client.ask('GetExtendedAgentCard', {}, { 'x-api-key': 'key3' })).status, 401)
  t.match(await client.result('GetExtendedAgentCard', {}, { 'x-api-key': 'key1' }), { name: 'Conformance agent' })

  const { task } = await client.result<{ task: { id: string } }>('SendMessage', sendParams('Hello'), { 'x-api-key': 'key1' })
  t.match(await client.result('GetTask', { id: task.id }, { 'x-api-key': 'key1' }), { id: task.id })
  t.match(await client.error('GetTask', { id: task.id }, { 'x-api-key': 'key2' }), { code: -32001 }, 'the task is not theirs')
})

t.test('what is not understood is refused', async t => {
  for (const [env, message] of [
    [{ GRPC_PORT: 'none' }, /GRPC_PORT must be a port number/],
    [{ SUT_ON_CRASH: 'retry' }, /SUT_ON_CRASH is not supported yet/],
    [{ SUT_STORE: 'redis://localhost' }, /SUT_STORE=redis:.* is not supported yet/],
    [{ SUT_CAPABILITIES: 'telepathy' }, /SUT_CAPABILITIES takes streaming, push, extendedCard, got telepathy/],
    [{ SUT_VERSIONS: '2.0' }, /SUT_VERSIONS takes 1.0, 0.3, got 2.0/],
    [{ SUT_API_KEYS: 'key1' }, /SUT_API_KEYS takes pairs/],
    [{ PORT: 'http' }, /PORT must be a port number/]
  ] as const) {
    await t.rejects(createSut(env), { message })
  }
})

t.test('as a process: one line when it is ready, and an end on SIGTERM, whatever is at work', async t => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import=tsx', main], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { child.kill('SIGKILL') })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  t.match(line, /^listening http:\/\/127\.0\.0\.1:\d+\n$/)
  const url = `${String(line).slice('listening '.length).trim()}/a2a`
  const params = sendParams('sut-stubborn 600000', { configuration: { returnImmediately: true } })
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params })
  })
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})
