/** The OpenAPI document that @fastify/swagger makes of the HTTP+JSON binding in a host. */
import swagger from '@fastify/swagger'
import { parse, validate } from '@readme/openapi-parser'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { AgentOptions } from '../../lib/agent/options.ts'
import a2a from '../../plugins/a2a.ts'
import { agent, closeAfter } from '../helpers/host.ts'

type Operation = {
  operationId: string
  parameters?: Array<{ name: string, in: string, required?: boolean, schema: Record<string, unknown> }>
  requestBody?: { content: Record<string, { schema: { properties: Record<string, unknown>, required: string[] } }> }
  responses: Record<string, { content: Record<string, { schema: Record<string, unknown> }> }>
}
type Document = { openapi: string, paths: Record<string, Record<string, Operation>> }

async function documentOf (t: Test, openapi: '3.0.3' | '3.1.0', options: Partial<AgentOptions> = {}): Promise<Document> {
  const app = Fastify()
  closeAfter(t, app)
  await app.register(swagger, { openapi: { openapi, info: { title: 'Agents', version: '1.0.0' } } })
  await app.register(a2a, agent(options))
  await app.ready()
  return JSON.parse(JSON.stringify(app.swagger()))
}

for (const openapi of ['3.0.3', '3.1.0'] as const) {
  t.test(`is valid as ${openapi}`, async t => {
    const document = await documentOf(t, openapi)
    const result = await validate(structuredClone(document) as never)
    t.ok(result.valid, JSON.stringify(result, null, 1).slice(0, 2000))
    const parsed: unknown = await parse(structuredClone(document) as never)
    t.match(parsed, { openapi })
  })
}

t.test('has every operation at its places', async t => {
  const { paths } = await documentOf(t, '3.1.0')
  const v1 = [
    'post /message:send', 'post /message:stream', 'get /tasks', 'get /tasks/{id}', 'post /tasks/{id}:cancel', 'get /tasks/{id}:subscribe',
    'post /tasks/{id}:subscribe', 'post /tasks/{taskId}/pushNotificationConfigs', 'get /tasks/{taskId}/pushNotificationConfigs',
    'get /tasks/{taskId}/pushNotificationConfigs/{id}', 'delete /tasks/{taskId}/pushNotificationConfigs/{id}'
  ]
  const at = (base: string) => (place: string) => place.replace(' ', ` ${base}`)
  const expected = [
    ...[...v1, 'get /extendedAgentCard'].flatMap(place => [at('/a2a')(place), at('/a2a/{tenant}')(place)]),
    ...[...v1, 'get /card'].map(at('/a2a/v1'))
  ]
  const found = Object.entries(paths).flatMap(([path, verbs]) => Object.keys(verbs).map(verb => `${verb} ${path}`))
  t.strictSame(found.filter(place => place.includes('/a2a/') && !place.startsWith('head ') && !place.endsWith('/a2a/')).sort(), expected.sort())
  const ids = Object.values(paths).flatMap(verbs => Object.values(verbs).map(({ operationId }) => operationId)).filter(id => id !== undefined)
  t.equal(new Set(ids).size, ids.length, 'each under a name of its own')
})

t.test('says what goes in and what comes out', async t => {
  const { paths } = await documentOf(t, '3.1.0')
  const list = paths['/a2a/{tenant}/tasks']?.get
  t.match(list?.parameters?.filter(({ in: place }) => place === 'path'), [{ name: 'tenant', required: true, schema: { type: 'string' } }])
  t.match(Object.fromEntries(list?.parameters?.map(({ name, schema }) => [name, schema]) ?? []), {
    pageSize: { type: 'integer', minimum: 1, maximum: 100 },
    includeArtifacts: { type: 'boolean' },
    statusTimestampAfter: { type: 'string' },
    status: { enum: ['TASK_STATE_SUBMITTED'] }
  })
  t.notOk(list?.parameters?.some(({ required, in: place }) => place === 'query' && required), 'a filter is a choice')

  const send = paths['/a2a/message:send']?.post
  t.match(send?.requestBody?.content['application/a2a+json']?.schema, { required: ['message'], properties: { message: { required: ['messageId', 'role', 'parts'] }, tenant: { type: 'string' } } })
  t.notOk('tenant' in (paths['/a2a/{tenant}/message:send']?.post?.requestBody?.content['application/json']?.schema.properties ?? {}), 'what the path says is not said twice')
  t.match(send?.responses['200']?.content['application/a2a+json']?.schema, { anyOf: [{ properties: { task: { required: ['id', 'status'] } } }, { properties: { message: {} } }] })
  t.match(send?.responses.default?.content['application/a2a+json']?.schema, { properties: { error: { properties: { code: { type: 'integer' } } } } })
  t.ok(paths['/a2a/message:stream']?.post?.responses['200']?.content['text/event-stream'])
  t.match(paths['/a2a/v1/message:send']?.post?.requestBody?.content['application/json']?.schema, { properties: { message: { properties: { content: {} } } } })
})

t.test('follows the options', async t => {
  const only03 = await documentOf(t, '3.1.0', { versions: ['0.3'], paths: { rpc: '/rpc' } })
  t.notOk(only03.paths['/rpc/message:send'])
  t.ok(only03.paths['/rpc/v1/message:send'])
  const without = await documentOf(t, '3.1.0', { bindings: ['JSONRPC'] })
  t.strictSame(Object.keys(without.paths).filter(path => path.startsWith('/a2a/') && path !== '/a2a/'), [])
})
