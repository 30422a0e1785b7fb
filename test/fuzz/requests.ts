/** Requests that a client might send, and what becomes of them when a few things go wrong. */
import fc from 'fast-check'

export type Wire = { method: string, path: string, headers: Record<string, string>, body?: string | undefined }

/** An agent for everybody, and one for callers who show who they are. */
export type Target = 'open' | 'secure'

export type Fuzzed = { binding: 'JSONRPC' | 'HTTP+JSON', version: '1.0' | '0.3', what: string, target: Target, wire: Wire }

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** One time out of five. */
export function seldom<T> (arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}

/** Ids that mean something to others, so that requests meet the tasks of other requests. */
const taskId = fc.oneof({ weight: 1, arbitrary: fc.constantFrom('t1', 't2') }, { weight: 6, arbitrary: fc.constant('$known') })
const awkward = fc.constantFrom<Json>(
  null, true, '', ' ', 0, -1, 1.5, 1e308, -0, 2 ** 53, '\u0000', '\ud800', '__proto__', 'constructor', '𝄞'.repeat(100), 'x'.repeat(10_000), [], {}, [[[[]]]], 'TASK_STATE_UNSPECIFIED',
  'NaN', '9'.repeat(400), '../../etc/passwd', 'https://127.0.0.1/', 'data:,x', '1970-01-01T00:00:00Z', '2026-13-45', '%00', '%', '\r\nx: y', { __type: 1 }, 'AAA=', '=', 'ROLE_AGENT'
)
const anything: fc.Arbitrary<Json> = fc.oneof({ weight: 3, arbitrary: awkward }, { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json> }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) })

const part1 = fc.oneof(
  fc.record({ text: fc.string() }), fc.record({ data: fc.jsonValue() as fc.Arbitrary<Json> }), fc.record({ raw: fc.base64String(), mediaType: fc.constantFrom('image/png', 'text/plain', 'x') }),
  fc.record({ url: fc.webUrl(), filename: fc.string() })
)
const part03 = fc.oneof(
  fc.record({ kind: fc.constant('text'), text: fc.string() }), fc.record({ kind: fc.constant('data'), data: fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Json> }),
  fc.record({ kind: fc.constant('file'), file: fc.record({ bytes: fc.base64String(), mimeType: fc.constant('image/png') }) })
)
const messageId = fc.oneof(fc.constantFrom('m1', 'm2'), fc.uuid())
const metadata = fc.oneof(fc.constant({}), fc.constant({ skillId: 'plain' }), fc.constant({ skillId: 'typed' }), fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Json>)

const send1 = fc.record({
  message: fc.record({ messageId, role: fc.constant('ROLE_USER'), parts: fc.array(part1, { maxLength: 4 }), taskId, contextId: fc.constantFrom('c1', 'c2'), metadata, extensions: fc.array(fc.webUrl(), { maxLength: 2 }), referenceTaskIds: fc.array(taskId, { maxLength: 2 }) }, { requiredKeys: ['messageId', 'role', 'parts'] }),
  configuration: fc.record({ returnImmediately: fc.boolean(), historyLength: fc.nat(5), acceptedOutputModes: fc.constantFrom(['text/plain', 'application/json'], [], ['*/*'], ['x/']), taskPushNotificationConfig: fc.record({ url: fc.constant('https://127.0.0.1:1/x'), id: fc.string(), token: fc.string() }, { requiredKeys: ['url'] }), ifGenerationMatch: fc.nat(3) }, { requiredKeys: [] }),
  metadata
}, { requiredKeys: ['message'] })
const send03 = fc.record({
  message: fc.record({ kind: fc.constant('message'), messageId, role: fc.constant('user'), parts: fc.array(part03, { maxLength: 4 }), taskId, contextId: fc.constantFrom('c1', 'c2'), metadata }, { requiredKeys: ['kind', 'messageId', 'role', 'parts'] }),
  configuration: fc.record({ blocking: fc.boolean(), historyLength: fc.nat(5), acceptedOutputModes: fc.constantFrom(['text/plain'], ['application/json', 'text/plain'], ['x']) }, { requiredKeys: [] })
}, { requiredKeys: ['message'] })
const get = fc.record({ id: taskId, historyLength: fc.nat(3), currentGeneration: fc.nat(9) }, { requiredKeys: ['id'] })
const list = fc.record({ contextId: fc.constantFrom('c1', 'x'), pageSize: fc.integer(), pageToken: fc.base64String(), status: fc.constantFrom('TASK_STATE_WORKING', 'working', 'x'), includeArtifacts: fc.boolean(), statusTimestampAfter: fc.constantFrom('2020-01-01T00:00:00Z', 'x') }, { requiredKeys: [] })
const config = fc.record({ taskId, id: fc.constantFrom('p1', 'p2'), url: fc.constant('https://127.0.0.1:1/x'), token: fc.string(), authentication: fc.record({ scheme: fc.string(), credentials: fc.string() }) }, { requiredKeys: ['taskId', 'url'] })
const configId = fc.record({ taskId, id: fc.constantFrom('p1', 'p2') })

export const methods1 = { SendMessage: send1, SendStreamingMessage: send1, GetTask: get, ListTasks: list, CancelTask: get, SubscribeToTask: get, CreateTaskPushNotificationConfig: config, GetTaskPushNotificationConfig: configId, ListTaskPushNotificationConfigs: configId, DeleteTaskPushNotificationConfig: configId, GetExtendedAgentCard: fc.constant({}) }
const methods03 = {
  'message/send': send03,
  'message/stream': send03,
  'tasks/get': get,
  'tasks/list': list,
  'tasks/cancel': get,
  'tasks/resubscribe': get,
  'tasks/pushNotificationConfig/set': fc.record({ taskId, pushNotificationConfig: config }),
  'tasks/pushNotificationConfig/get': get,
  'tasks/pushNotificationConfig/list': get,
  'tasks/pushNotificationConfig/delete': get,
  'agent/getAuthenticatedExtendedCard': fc.constant({})
}
const paths1 = ['POST /message:send', 'POST /message:stream', 'GET /tasks/:id', 'GET /tasks', 'POST /tasks/:id:cancel', 'GET /tasks/:id:subscribe', 'POST /tasks/:id:subscribe', 'POST /tasks/:id/pushNotificationConfigs', 'GET /tasks/:id/pushNotificationConfigs', 'GET /tasks/:id/pushNotificationConfigs/p1', 'DELETE /tasks/:id/pushNotificationConfigs/p1', 'GET /extendedAgentCard', 'PUT /tasks', 'GET /nowhere', 'POST /acme/message:send']
const paths03 = ['POST /v1/message:send', 'POST /v1/message:stream', 'GET /v1/tasks/:id', 'GET /v1/tasks', 'POST /v1/tasks/:id:cancel', 'POST /v1/tasks/:id:subscribe', 'POST /v1/tasks/:id/pushNotificationConfigs', 'GET /v1/tasks/:id/pushNotificationConfigs', 'GET /v1/card', 'GET /v1/nothing']

/** Puts something else at a place of it, takes it away, or puts something beside it. */
export const mutation = fc.record({ place: fc.nat(), how: fc.constantFrom('replace', 'remove', 'add', 'rename', 'nest'), with: anything, key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'tenant', 'id', 'kind', 'task_id', 'metadata')) })
export type Mutation = { place: number, how: string, with: Json, key: string }

/** Damage to the text itself. */
export const damage = seldom(fc.record({ at: fc.nat(), remove: fc.nat(20), insert: fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('{', '"', '[', '}', '\\', ',"x":1e999', '['.repeat(200), '\u2028')) }))
export type Damage = { at: number, remove: number, insert: string } | undefined

const headers = fc.record({
  'content-type': fc.constantFrom('application/json', 'application/a2a+json', 'text/plain', 'application/json; charset=latin1', ''),
  'a2a-version': fc.constantFrom('1.0', '0.3', '1.0.1', '2.0', 'x', ''),
  'a2a-extensions': fc.constantFrom('https://a.example', ',,,', 'x'.repeat(2000)),
  'last-event-id': fc.constantFrom('0', '1', '-1', '9'.repeat(15), 'x'),
  accept: fc.constantFrom('*/*', 'text/event-stream', 'application/json', 'image/png', ';;;')
}, { requiredKeys: [] })

export const targets = fc.constantFrom<Target>('open', 'secure')

/** Headers that are too large end a stream of HTTP/2 without an answer. */
const jwtPart = fc.oneof(fc.constantFrom({ alg: 'none' }, { alg: 'ES256', kid: 'x' }, { alg: 'HS256' }, { iss: 'did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH', jti: '1' }, { iss: 'https://id.example.com', aud: 'fuzz', exp: 4e9 }), anything).map(part => Buffer.from(JSON.stringify(part)).toString('base64url').slice(0, 2000))
const authorization = fc.oneof(
  fc.constantFrom('Bearer', 'Bearer x', 'bearer  good', 'Basic', 'Basic YWRhOmdvb2Q=', 'Basic =', 'Digest x', ' ', 'Bearer a.b.c', `Bearer ${'x'.repeat(4000)}`),
  fc.tuple(jwtPart, jwtPart, fc.base64String()).map(parts => `Bearer ${parts.join('.')}`),
  fc.base64String().map(text => `Basic ${text}`)
)

/** Most of them are good. */
export const credentials: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ 'x-api-key': 'good' }) },
  { weight: 1, arbitrary: authorization.map(authorization => ({ authorization })) },
  { weight: 1, arbitrary: authorization.map(authorization => ({ authorization, 'x-api-key': 'good' })) },
  { weight: 1, arbitrary: fc.constantFrom<Record<string, string>>({}, { 'x-api-key': 'wrong' }, { 'x-api-key': '' }, { cookie: 'key=good' }, { cookie: 'key=good; key=good' }, { cookie: ';;=;' }) }
)

const pathOf = (target: Target) => target === 'secure' ? '/secure/a2a' : '/a2a'

const versions = fc.constantFrom('1.0' as const, '0.3' as const)

const rpc: fc.Arbitrary<Fuzzed> = versions.chain(version => {
  const methods: Record<string, fc.Arbitrary<unknown>> = version === '1.0' ? methods1 : methods03
  return fc.constantFrom(...Object.keys(methods)).chain(method => fc.record({
    id: fc.oneof(fc.integer(), fc.string(), fc.constantFrom<Json>(null, 1.5, {}, [])), params: methods[method] ?? fc.constant({}), mutations: fc.array(mutation, { maxLength: 2 }), damage, odd: seldom(headers), shown: credentials, target: targets
  }).map(({ id, params, mutations, damage, odd, shown, target }) => ({
    binding: 'JSONRPC' as const,
    version,
    what: method,
    target,
    wire: {
      method: 'POST',
      path: pathOf(target),
      headers: { 'content-type': 'application/json', ...version === '1.0' && { 'a2a-version': '1.0' }, ...odd, ...target === 'secure' && shown },
      body: spoil(JSON.stringify(mutate({ jsonrpc: '2.0', id, method, params: params as Json }, mutations)), damage)
    }
  })))
})

const rest: fc.Arbitrary<Fuzzed> = versions.chain(version => fc.record({
  route: fc.constantFrom(...version === '1.0' ? paths1 : paths03),
  id: fc.oneof(taskId, fc.string({ unit: 'binary' }).map(text => encodeURIComponent(text)), fc.constantFrom('%', '%ff', '..', ':', 't1:cancel:cancel', '%2F')),
  query: fc.dictionary(fc.constantFrom('key', 'historyLength', 'pageSize', 'pageToken', 'status', 'tenant', 'A2A-Version', 'includeArtifacts', 'history_length', '__proto__'), fc.string({ unit: 'binary' }), { maxKeys: 3 }),
  send: version === '1.0' ? send1 : send03,
  config,
  mutations: fc.array(mutation, { maxLength: 3 }),
  damage,
  odd: seldom(headers),
  shown: credentials,
  target: targets
}).map(({ route, id, query, send, config, mutations, damage, odd, shown, target }) => {
  const [method = 'GET', path = '/'] = route.split(' ')
  const search = new URLSearchParams(query).toString()
  const body = path.includes('message') ? send : path.endsWith('Configs') ? config : {}
  return {
    binding: 'HTTP+JSON' as const,
    version,
    what: route,
    target,
    wire: {
      method,
      path: `${pathOf(target)}${path.replace(':id', id)}${search === '' ? '' : `?${search}`}`,
      headers: { ...method === 'POST' && { 'content-type': 'application/json' }, ...odd, ...target === 'secure' && shown },
      ...method === 'POST' && { body: spoil(JSON.stringify(mutate(body as Json, mutations)), damage) }
    }
  }
}))

export const fuzzedRequest: fc.Arbitrary<Fuzzed> = fc.oneof(rpc, rest)

export function mutate (value: Json, mutations: readonly Mutation[]): Json {
  const copy = { root: structuredClone(value) }
  for (const { place, how, with: given, key } of mutations) {
    // Of its own: what a constant is changed to would come back in every later request, and could hold itself.
    const other = structuredClone(given)
    const places = placesOf(copy)
    const [holder, name] = places[place % places.length] ?? []
    if (holder === undefined || name === undefined || (Array.isArray(holder) && key === 'length')) continue
    if (how === 'remove') Reflect.deleteProperty(holder, name)
    else if (how === 'replace') Reflect.set(holder, name, other)
    else if (how === 'nest') Reflect.set(holder, name, [holder[name] ?? null])
    else if (how === 'add') Object.defineProperty(holder, key, { value: other, enumerable: true, configurable: true, writable: true })
    else Reflect.set(holder, key, structuredClone(holder[name] ?? null))
  }
  return copy.root ?? null
}

type Holder = { [key: string]: Json }

function placesOf (value: object): Array<[Holder, string]> {
  const holder = value as Holder // arrays, too: their keys are their indexes
  return Object.entries(value).flatMap(([key, member]) => [[holder, key] as [Holder, string], ...typeof member === 'object' && member !== null ? placesOf(member) : []])
}

export function spoil (text: string, damage: Damage): string {
  if (damage === undefined) return text
  const at = damage.at % (text.length + 1)
  return text.slice(0, at) + damage.insert + text.slice(at + damage.remove)
}
