import { deepStrictEqual as same } from 'node:assert/strict'
import t from 'tap'
import fc from 'fast-check'
import { compile } from '../../lib/protocol/validate.ts'
import { toV03Card, v03Fields } from '../../lib/protocol/v0_3/card.ts'
import { fromV03Artifact, fromV03Message, toV03Artifact, toV03Message } from '../../lib/protocol/v0_3/messages.ts'
import { fromV03Part, reservedMetadata, toV03Part } from '../../lib/protocol/v0_3/parts.ts'
import {
  fromV03DeletePushConfig, fromV03GetPushConfig, fromV03InlineConfig, fromV03ListPushConfigs, fromV03PushConfig,
  fromV03PushConfigs, toV03DeletePushConfig, toV03GetPushConfig, toV03ListPushConfigs, toV03PushConfig, toV03PushConfigs
} from '../../lib/protocol/v0_3/push.ts'
import {
  fromV03Cancel, fromV03GetTask, fromV03List, fromV03Resubscribe, fromV03Send,
  toV03Cancel, toV03GetTask, toV03List, toV03Resubscribe, toV03Send
} from '../../lib/protocol/v0_3/requests.ts'
import { fromV03State, toV03State, unknownState } from '../../lib/protocol/v0_3/states.ts'
import {
  fromV03Event, fromV03Result, fromV03Task, fromV03TaskList, toV03Event, toV03Result, toV03Task, toV03TaskList
} from '../../lib/protocol/v0_3/tasks.ts'
import { AgentCard as V03Card } from '../../schemas/v0_3/card.ts'
import * as v03 from '../../schemas/v0_3/common.ts'
import * as v03Requests from '../../schemas/v0_3/requests.ts'
import { AgentCard } from '../../schemas/v1/card.ts'
import * as v1 from '../../schemas/v1/common.ts'
import * as v1Requests from '../../schemas/v1/requests.ts'

t.test('a message/send of 0.3 becomes a SendMessage', async t => {
  const params = compile(v03Requests.MessageSendParams)({
    message: {
      kind: 'message',
      messageId: 'm1',
      contextId: 'c1',
      role: 'user',
      parts: [
        { kind: 'text', text: 'hi', metadata: { a: 1 } },
        { kind: 'file', file: { bytes: 'AAAA', name: 'a.bin', mimeType: 'application/octet-stream' } },
        { kind: 'file', file: { uri: 'https://example.com/a.txt' }, metadata: { b: 2 } },
        { kind: 'data', data: { value: 1 } }
      ],
      extensions: ['urn:x'],
      referenceTaskIds: ['t0']
    },
    configuration: {
      acceptedOutputModes: ['text/plain'],
      blocking: false,
      historyLength: 2,
      pushNotificationConfig: { id: 'p1', url: 'https://example.com/hook', token: 't', authentication: { schemes: ['Basic', 'Bearer'], credentials: 'secret' } }
    },
    metadata: { c: 3 }
  })
  const request = {
    message: {
      messageId: 'm1',
      contextId: 'c1',
      role: 'ROLE_USER',
      parts: [
        { text: 'hi', metadata: { a: 1 } },
        { raw: 'AAAA', filename: 'a.bin', mediaType: 'application/octet-stream' },
        { url: 'https://example.com/a.txt', metadata: { b: 2 } },
        { data: { value: 1 } }
      ],
      extensions: ['urn:x'],
      referenceTaskIds: ['t0']
    },
    configuration: {
      acceptedOutputModes: ['text/plain'],
      returnImmediately: true,
      historyLength: 2,
      taskPushNotificationConfig: { id: 'p1', url: 'https://example.com/hook', token: 't', authentication: { scheme: 'Bearer', credentials: 'secret' } }
    },
    metadata: { c: 3 }
  }
  t.strictSame(fromV03Send(params), request)
  t.doesNotThrow(() => compile(v1Requests.SendMessageRequest)(fromV03Send(params)), 'and is valid there')
})

t.test('a send waits unless blocking is false', async t => {
  const send = (configuration: object) => fromV03Send({ message: { role: 'user', messageId: 'm', parts: [{ kind: 'text', text: '' }] }, configuration })
  t.equal(send({ blocking: false }).configuration?.returnImmediately, true)
  t.equal(send({ blocking: true }).configuration?.returnImmediately, false)
  t.equal(send({}).configuration?.returnImmediately, undefined)
})

t.test('what 0.3 does not know never becomes a field of 1.0', async t => {
  const smuggled = { tenant: 5, taskId: 6, returnImmediately: 'x', taskPushNotificationConfig: { url: 7 } }
  const params = compile(v03Requests.MessageSendParams)({
    ...smuggled,
    message: { messageId: 'm', role: 'user', parts: [{ kind: 'text', text: 'a', url: 5, raw: 6, filename: 7 }] },
    configuration: { ...smuggled, pushNotificationConfig: { ...smuggled, url: 'https://x.y', authentication: { schemes: ['Bearer'], scheme: 8 } } }
  })
  t.strictSame(fromV03Send(params), {
    message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'a' }] },
    configuration: { taskPushNotificationConfig: { url: 'https://x.y', authentication: { scheme: 'Bearer' } } }
  })
  const id = { id: 't1', ...smuggled }
  t.strictSame(fromV03GetTask(id), { id: 't1' })
  t.strictSame(fromV03Cancel(id), { id: 't1' })
  t.strictSame(fromV03Resubscribe(id), { id: 't1' })
  t.strictSame(fromV03List({ metadata: {}, ...smuggled }), {})
  t.strictSame(fromV03GetPushConfig(id), { taskId: 't1' })
  t.strictSame(fromV03ListPushConfigs(id), { taskId: 't1' })
})

t.test('kind is required on a part, and may be missing on a message', async t => {
  const check = compile(v03Requests.MessageSendParams)
  const message = { messageId: 'm1', role: 'user', parts: [{ kind: 'text', text: 'hi' }] }
  t.doesNotThrow(() => check({ message }))
  t.throws(() => check({ message: { ...message, kind: 'task' } }), { message: /message.kind/ })
  t.throws(() => check({ message: { ...message, parts: [{ text: 'hi' }] } }), { message: /message.parts\[0\].kind is required/ })
  t.throws(() => check({ message: { kind: 'message' } }), { message: /message.messageId is required/ })
})

t.test('a stream of 1.0 becomes a stream of 0.3', async t => {
  const ids = { taskId: 't1', contextId: 'c1' }
  const message: v1.Message = { messageId: 'm1', role: 'ROLE_AGENT', parts: [{ text: 'hi' }] }
  const v03Message = { kind: 'message', messageId: 'm1', role: 'agent', parts: [{ kind: 'text', text: 'hi' }] }
  const task: v1.Task = { id: 't1', contextId: 'c1', status: { state: 'TASK_STATE_INPUT_REQUIRED', message, timestamp: '2026-01-31T12:00:00Z' }, history: [message], artifacts: [] }
  const v03Task = { kind: 'task', id: 't1', contextId: 'c1', status: { state: 'input-required', message: v03Message, timestamp: '2026-01-31T12:00:00Z' }, history: [v03Message], artifacts: [] }

  t.strictSame(toV03Event({ message }, { final: true }), v03Message)
  t.strictSame(toV03Event({ task }, { final: false }), v03Task)
  t.strictSame(
    toV03Event({ statusUpdate: { ...ids, status: { state: 'TASK_STATE_WORKING' } } }, { final: false }),
    { kind: 'status-update', ...ids, status: { state: 'working' }, final: false }
  )
  t.strictSame(
    toV03Event({ statusUpdate: { ...ids, status: { state: 'TASK_STATE_AUTH_REQUIRED', message }, metadata: { a: 1 } } }, { final: true }),
    { kind: 'status-update', ...ids, status: { state: 'auth-required', message: v03Message }, final: true, metadata: { a: 1 } }
  )
  t.strictSame(
    toV03Event({ artifactUpdate: { ...ids, artifact: { artifactId: 'a1', name: 'n', parts: [{ raw: 'AAAA' }] }, append: true, lastChunk: false } }, { final: false }),
    { kind: 'artifact-update', ...ids, artifact: { artifactId: 'a1', name: 'n', parts: [{ kind: 'file', file: { bytes: 'AAAA' } }] }, append: true, lastChunk: false }
  )
  t.strictSame(toV03Result({ task }), v03Task)
  t.strictSame(toV03TaskList({ tasks: [task], nextPageToken: '', pageSize: 50, totalSize: 1 }), { tasks: [v03Task], nextPageToken: '', pageSize: 50, totalSize: 1 })
  t.equal(toV03Task({ id: 't1', status: { state: 'TASK_STATE_WORKING' } }).contextId, '', 'required in 0.3')
})

t.test('fields that 1.0 does not know give way to the discriminators of 0.3', async t => {
  const task = { id: 't1', kind: 'x', status: { state: 'TASK_STATE_WORKING' as const } }
  t.equal(toV03Task(task).kind, 'task')
  t.equal(toV03Message({ messageId: 'm', role: 'ROLE_USER', parts: [{ text: '' }], ...{ kind: 'x' } }).kind, 'message')
})

t.test('states have the same names in both, and unknown comes back', async t => {
  for (const state of v1.taskStates) t.equal(fromV03State(toV03State(state)), state)
  t.same(v1.taskStates.map(toV03State), v03.taskStates.slice(0, -1))
  const task: v03.Task = { kind: 'task', id: 't', contextId: 'c', status: { state: 'unknown' } }
  t.strictSame(fromV03Task(task), { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' }, metadata: { [unknownState]: true } })
  t.strictSame(toV03Task(fromV03Task(task)), task)
  t.strictSame(fromV03List({ status: 'unknown' }), {})
  t.strictSame(fromV03List({ status: 'canceled', pageSize: 5, metadata: {} }), { status: 'TASK_STATE_CANCELED', pageSize: 5 })
})

t.test('what 0.3 parts cannot hold is marked in their metadata', async t => {
  const cases: [part: v1.Part, expected: object][] = [
    [{ data: [1, 2] }, { kind: 'data', data: { value: [1, 2] }, metadata: { data_part_compat: true } }],
    [{ data: null, metadata: { a: 1 } }, { kind: 'data', data: { value: null }, metadata: { a: 1, data_part_compat: true } }],
    [{ data: 'x', filename: 'x.json' }, { kind: 'data', data: { value: 'x' }, metadata: { a2a_v1_filename: 'x.json', data_part_compat: true } }],
    [{ data: { a: 1 }, mediaType: 'application/json' }, { kind: 'data', data: { a: 1 }, metadata: { a2a_v1_media_type: 'application/json' } }],
    [{ text: '# hi', mediaType: 'text/markdown', filename: '' }, { kind: 'text', text: '# hi', metadata: { a2a_v1_filename: '', a2a_v1_media_type: 'text/markdown' } }]
  ]
  for (const [part, expected] of cases) {
    t.strictSame(toV03Part(part), expected)
    t.strictSame(fromV03Part(toV03Part(part)), part)
  }
})

t.test('marks that we would not have made are left alone', async t => {
  const parts: v03.Part[] = [
    { kind: 'data', data: { value: {} }, metadata: { [reservedMetadata.wrappedData]: true } },
    { kind: 'data', data: { value: 1, other: 2 }, metadata: { [reservedMetadata.wrappedData]: true } },
    { kind: 'data', data: { value: 1 }, metadata: { [reservedMetadata.wrappedData]: 'yes' } },
    { kind: 'text', text: '', metadata: { [reservedMetadata.filename]: 5, [reservedMetadata.mediaType]: null } },
    { kind: 'text', text: '', metadata: {} }
  ]
  for (const part of parts) {
    t.strictSame(fromV03Part(part).metadata, part.metadata)
    t.strictSame(toV03Part(fromV03Part(part)), part)
  }
})

t.test('push configurations', async t => {
  const config = { taskId: 't1', id: 'p1', url: 'https://example.com/hook', token: 'x', authentication: { scheme: 'Bearer', credentials: 'c' } }
  const nested = { taskId: 't1', pushNotificationConfig: { id: 'p1', url: 'https://example.com/hook', token: 'x', authentication: { schemes: ['Bearer'], credentials: 'c' } } }
  t.strictSame(toV03PushConfig({ ...config, tenant: 'acme' }), nested)
  t.strictSame(fromV03PushConfig(compile(v03Requests.TaskPushNotificationConfig)(nested)), config)
  t.strictSame(toV03PushConfigs({ configs: [config] }), [nested])
  t.strictSame(fromV03PushConfigs([nested]), { configs: [config], nextPageToken: '' })
  t.strictSame(fromV03InlineConfig({ url: 'https://x.y', authentication: { schemes: [], credentials: 'c' } }), { url: 'https://x.y' })
  t.equal(fromV03InlineConfig({ url: 'https://x.y', authentication: { schemes: ['Basic'] } }).authentication?.scheme, 'Basic')

  t.strictSame(fromV03GetPushConfig({ id: 't1' }), { taskId: 't1' })
  t.strictSame(fromV03GetPushConfig(toV03GetPushConfig({ taskId: 't1', id: 'p1' })), { taskId: 't1', id: 'p1' })
  t.strictSame(fromV03DeletePushConfig(toV03DeletePushConfig({ taskId: 't1', id: 'p1' })), { taskId: 't1', id: 'p1' })
  t.strictSame(fromV03ListPushConfigs(toV03ListPushConfigs({ taskId: 't1' })), { taskId: 't1' })
})

t.test('round trips lose nothing', async t => {
  const { v1: one, v03: three } = arbitraries()
  const check = <T>(name: string, arbitrary: fc.Arbitrary<T>, there: (value: T) => T, schema: Parameters<typeof compile>[0]) => {
    const valid = compile(schema)
    t.test(name, async () => fc.assert(fc.property(arbitrary, value => {
      valid(structuredClone(value))
      same(there(value), value)
    }), { numRuns: 200 }))
  }
  check('1.0 part', one.part, part => fromV03Part(toV03Part(part)), v1.Part)
  check('1.0 message', one.message, message => fromV03Message(toV03Message(message)), v1.Message)
  check('1.0 artifact', one.artifact, artifact => fromV03Artifact(toV03Artifact(artifact)), v1.Artifact)
  check('1.0 task', one.task, task => fromV03Task(toV03Task(task)), v1.Task)
  check('1.0 send', one.send, send => fromV03Send(toV03Send(send)), v1Requests.SendMessageRequest)
  check('1.0 list', one.list, list => fromV03List(toV03List(list)), v1Requests.ListTasksRequest)
  check('0.3 part', three.part, part => toV03Part(fromV03Part(part)), v03.Part)
  check('0.3 message', three.message, message => toV03Message(fromV03Message(message)), v03.Message)
  check('0.3 artifact', three.artifact, artifact => toV03Artifact(fromV03Artifact(artifact)), v03.Artifact)
  check('0.3 task', three.task, task => toV03Task(fromV03Task(task)), v03.Task)
  check('0.3 send', three.send, send => toV03Send(fromV03Send(send)), v03Requests.MessageSendParams)

  t.test('events and results', async () => {
    fc.assert(fc.property(one.task, one.message, one.artifact, fc.boolean(), (task, message, artifact, flag) => {
      const ids = { taskId: 't1', contextId: 'c1' }
      const responses: v1.StreamResponse[] = [
        { task },
        { message },
        { statusUpdate: { ...ids, status: task.status, ...task.metadata && { metadata: task.metadata } } },
        { artifactUpdate: { ...ids, artifact, append: flag } }
      ]
      for (const response of responses) {
        const event = toV03Event(response, { final: flag })
        same(fromV03Event(event), response)
        same(toV03Event(fromV03Event(event), { final: flag }), event)
      }
      same(fromV03Result(toV03Result({ task })), { task })
      same(fromV03Result(toV03Result({ message })), { message })
      const page = { tasks: [task], nextPageToken: 'n', pageSize: 1, totalSize: 2 }
      same(fromV03TaskList(toV03TaskList(page)), page)
    }), { numRuns: 100 })
  })

  t.strictSame(fromV03GetTask(toV03GetTask({ id: 't', historyLength: 0 })), { id: 't', historyLength: 0 })
  t.strictSame(fromV03Cancel(toV03Cancel({ id: 't', metadata: { a: 1 } })), { id: 't', metadata: { a: 1 } })
  t.strictSame(fromV03Resubscribe(toV03Resubscribe({ id: 't' })), { id: 't' })
})

const card: AgentCard = {
  name: 'Flight agent',
  description: 'Searches flights',
  version: '1.0.0',
  provider: { url: 'https://example.com', organization: 'Example' },
  supportedInterfaces: [
    { url: 'http://127.0.0.1:9999/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    { url: 'http://127.0.0.1:9999/a2a', protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
    { url: '127.0.0.1:10000', protocolBinding: 'GRPC', protocolVersion: '0.3' }
  ],
  capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true, extensions: [{ uri: 'urn:x', required: true }] },
  securitySchemes: {
    key: { apiKeySecurityScheme: { location: 'header', name: 'x-api-key', description: 'A key' } },
    bearer: { httpAuthSecurityScheme: { scheme: 'Bearer', bearerFormat: 'JWT' } },
    code: { oauth2SecurityScheme: { flows: { authorizationCode: { authorizationUrl: 'https://a.b/auth', tokenUrl: 'https://a.b/token', scopes: { read: 'Reads' }, pkceRequired: true } }, oauth2MetadataUrl: 'https://a.b/meta' } },
    client: { oauth2SecurityScheme: { flows: { clientCredentials: { tokenUrl: 'https://a.b/token', scopes: {} } } } },
    device: { oauth2SecurityScheme: { flows: { deviceCode: { deviceAuthorizationUrl: 'https://a.b/device', tokenUrl: 'https://a.b/token', scopes: {} } } } },
    implicit: { oauth2SecurityScheme: { flows: { implicit: { authorizationUrl: 'https://a.b/auth' } } } },
    password: { oauth2SecurityScheme: { flows: { password: { refreshUrl: 'https://a.b/refresh' } } } },
    oidc: { openIdConnectSecurityScheme: { openIdConnectUrl: 'https://a.b/.well-known/openid-configuration' } },
    mtls: { mtlsSecurityScheme: {} }
  },
  securityRequirements: [{ schemes: { key: {} } }, { schemes: { code: { list: ['read'] }, mtls: { list: [] } } }],
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [
    { id: 's1', name: 'Search', description: 'Offers', tags: ['travel'], securityRequirements: [{ schemes: { oidc: { list: ['openid'] } } }] },
    { id: 's2', name: 'Book', description: 'Books', tags: [], examples: ['Book it'], inputModes: ['text/plain'] }
  ],
  signatures: [{ protected: 'e30', signature: 'AA' }]
}

t.test('a card of 0.3', async t => {
  const v03Card = toV03Card(card)
  t.doesNotThrow(() => compile(V03Card, 'card')(structuredClone(v03Card)))
  t.strictSame(v03Card, {
    protocolVersion: '0.3.0',
    url: 'http://127.0.0.1:9999/a2a',
    preferredTransport: 'JSONRPC',
    additionalInterfaces: [
      { url: 'http://127.0.0.1:9999/a2a', transport: 'JSONRPC' },
      { url: '127.0.0.1:10000', transport: 'GRPC' }
    ],
    supportsAuthenticatedExtendedCard: true,
    name: 'Flight agent',
    description: 'Searches flights',
    version: '1.0.0',
    provider: { url: 'https://example.com', organization: 'Example' },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    capabilities: { streaming: true, pushNotifications: false, extensions: [{ uri: 'urn:x', required: true }] },
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A key' },
      bearer: { type: 'http', scheme: 'Bearer', bearerFormat: 'JWT' },
      code: { type: 'oauth2', flows: { authorizationCode: { authorizationUrl: 'https://a.b/auth', tokenUrl: 'https://a.b/token', scopes: { read: 'Reads' } } }, oauth2MetadataUrl: 'https://a.b/meta' },
      client: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'https://a.b/token', scopes: {} } } },
      device: { type: 'oauth2', flows: {} },
      implicit: { type: 'oauth2', flows: { implicit: { authorizationUrl: 'https://a.b/auth', scopes: {} } } },
      password: { type: 'oauth2', flows: {} },
      oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://a.b/.well-known/openid-configuration' },
      mtls: { type: 'mutualTLS' }
    },
    security: [{ key: [] }, { code: ['read'], mtls: [] }],
    skills: [
      { id: 's1', name: 'Search', description: 'Offers', tags: ['travel'], security: [{ oidc: ['openid'] }] },
      { id: 's2', name: 'Book', description: 'Books', tags: [], examples: ['Book it'], inputModes: ['text/plain'] }
    ]
  })
})

t.test('a gRPC address stays one: no official client knows a target in a URL', async t => {
  const grpc = { url: 'grpc.example.com:443', protocolBinding: 'GRPC', protocolVersion: '0.3.0' }
  t.equal(toV03Card({ ...card, supportedInterfaces: [grpc] })?.url, 'grpc.example.com:443')
})

t.test('without an interface of 0.3 there is no card of 0.3', async t => {
  const only = { ...card, supportedInterfaces: card.supportedInterfaces.slice(0, 1) }
  t.equal(toV03Card(only), undefined)
  t.equal(v03Fields(only), undefined)
})

t.test('a merged card is a card of both versions', async t => {
  const merged = { ...card, ...v03Fields(card) }
  t.doesNotThrow(() => compile(V03Card, 'card')(structuredClone(merged)))
  t.match(merged, toV03Card(card), 'has all of 0.3')
  // Each scheme has the fields of both forms; of the proto's oneof it still sets one.
  t.match(merged, { ...card }, 'has all of 1.0')
  t.strictSame(merged.securitySchemes?.key, {
    apiKeySecurityScheme: { location: 'header', name: 'x-api-key', description: 'A key' },
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'A key'
  })
  t.notOk('capabilities' in (v03Fields(card) ?? {}), 'and nothing that is the same in both')
})

/** Values in both forms. Metadata is never empty and never uses our reserved names. */
function arbitraries () {
  const some = <T extends object, K extends keyof T = never>(model: { [P in keyof T]: fc.Arbitrary<T[P]> }, required: K[]) =>
    fc.record(model, { requiredKeys: required, noNullPrototype: true })
  const id = fc.string({ minLength: 1, maxLength: 20 })
  const json = fc.jsonValue({ maxDepth: 2 })
  const struct: fc.Arbitrary<v1.Struct> = fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), json, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
  const mediaType = fc.constantFrom('text/plain', 'application/json', 'image/png')
  const extensions = fc.array(fc.webUrl(), { maxLength: 2 })
  const timestamp = fc.constant('2026-01-31T12:00:00Z')
  const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 })

  const extras = { metadata: struct, filename: id, mediaType }
  const part: fc.Arbitrary<v1.Part> = fc.oneof(
    some({ text: fc.string(), ...extras }, ['text']),
    some({ raw: fc.constant('AAAA'), ...extras }, ['raw']),
    some({ url: fc.webUrl(), ...extras }, ['url']),
    some({ data: json, ...extras }, ['data'])
  )
  const messageFields = { messageId: id, contextId: id, taskId: id, metadata: struct, extensions, referenceTaskIds: fc.array(id, { maxLength: 2 }) }
  const message: fc.Arbitrary<v1.Message> = some({ ...messageFields, role: fc.constantFrom(...v1.roles), parts: list(part) }, ['messageId', 'role', 'parts'])
  const artifactFields = { artifactId: id, name: fc.string(), description: fc.string(), metadata: struct, extensions }
  const artifact: fc.Arbitrary<v1.Artifact> = some({ ...artifactFields, parts: list(part) }, ['artifactId', 'parts'])
  const status: fc.Arbitrary<v1.TaskStatus> = some({ state: fc.constantFrom(...v1.taskStates), message, timestamp }, ['state'])
  const task: fc.Arbitrary<v1.Task> = some({ id, contextId: id, status, artifacts: fc.array(artifact, { maxLength: 2 }), history: fc.array(message, { maxLength: 2 }), metadata: struct }, ['id', 'status'])
  const authentication = some({ scheme: id, credentials: fc.string() }, ['scheme'])
  const push = some({ id, url: fc.webUrl(), token: fc.string(), authentication }, ['url'])
  const configuration = some({ acceptedOutputModes: fc.array(mediaType, { maxLength: 2 }), historyLength: fc.nat(), returnImmediately: fc.boolean(), taskPushNotificationConfig: push }, [])
  const send: fc.Arbitrary<v1Requests.SendMessageRequest> = some({ message, configuration, metadata: struct }, ['message'])
  const listTasks: fc.Arbitrary<v1Requests.ListTasksRequest> = some({ contextId: id, status: fc.constantFrom(...v1.taskStates), pageSize: fc.integer({ min: 1, max: 100 }), pageToken: id, historyLength: fc.nat(), statusTimestampAfter: timestamp, includeArtifacts: fc.boolean() }, [])

  const kind = <T extends string>(name: T) => fc.constant(name)
  const file: fc.Arbitrary<v03.File> = fc.oneof(some({ bytes: fc.constant('AAAA'), name: id, mimeType: mediaType }, ['bytes']), some({ uri: fc.webUrl(), name: id, mimeType: mediaType }, ['uri']))
  const marked = fc.oneof(struct, fc.constant({ [reservedMetadata.wrappedData]: true }), fc.constant({ [reservedMetadata.filename]: 'f', a: 1 }), fc.constant({}))
  const part03: fc.Arbitrary<v03.Part> = fc.oneof(
    some({ kind: kind('text'), text: fc.string(), metadata: marked }, ['kind', 'text']),
    some({ kind: kind('file'), file, metadata: marked }, ['kind', 'file']),
    some({ kind: kind('data'), data: fc.oneof(struct, json.map(value => ({ value }))), metadata: marked }, ['kind', 'data'])
  )
  const message03: fc.Arbitrary<v03.Message> = some({ ...messageFields, kind: kind('message'), role: fc.constantFrom(...v03.roles), parts: list(part03) }, ['kind', 'messageId', 'role', 'parts'])
  const artifact03: fc.Arbitrary<v03.Artifact> = some({ ...artifactFields, parts: list(part03) }, ['artifactId', 'parts'])
  const status03: fc.Arbitrary<v03.TaskStatus> = some({ state: fc.constantFrom(...v03.taskStates), message: message03, timestamp }, ['state'])
  const task03: fc.Arbitrary<v03.Task> = some({ kind: kind('task'), id, contextId: id, status: status03, artifacts: fc.array(artifact03, { maxLength: 2 }), history: fc.array(message03, { maxLength: 2 }), metadata: struct }, ['kind', 'id', 'contextId', 'status'])
  const authentication03 = some({ schemes: fc.tuple(id).map(([scheme]) => [scheme]), credentials: fc.string() }, ['schemes'])
  const push03 = some({ id, url: fc.webUrl(), token: fc.string(), authentication: authentication03 }, ['url'])
  const configuration03 = some({ acceptedOutputModes: fc.array(mediaType, { maxLength: 2 }), historyLength: fc.nat(), blocking: fc.boolean(), pushNotificationConfig: push03 }, [])
  const send03: fc.Arbitrary<v03Requests.MessageSendParams> = some({ message: message03, configuration: configuration03, metadata: struct }, ['message'])

  return {
    v1: { part, message, artifact, task, send, list: listTasks },
    v03: { part: part03, message: message03, artifact: artifact03, task: task03, send: send03 }
  }
}
