import t from 'tap'
import Type, { type TSchema } from 'typebox'
import { A2AError, type FieldViolation } from '../../lib/protocol/errors.ts'
import { compile, compileUserSchema, type Validator } from '../../lib/protocol/validate.ts'
import { AgentCard } from '../../schemas/v1/card.ts'
import { Message, TaskStatus } from '../../schemas/v1/common.ts'
import { ListTasksRequest, SendMessageRequest, TaskPushNotificationConfig } from '../../schemas/v1/requests.ts'
import { MessageSendParams } from '../../schemas/v0_3/requests.ts'

const checkSend = compile(SendMessageRequest)
const checkList = compile(ListTasksRequest)

const message = (fields: object = {}) => ({ messageId: 'm1', role: 'ROLE_USER', parts: [{ text: 'hi' }], ...fields })

/** A value as the JSON parser gives it. */
const parsed = (json: string): unknown => JSON.parse(json)

function violation (check: Validator<unknown>, value: unknown): FieldViolation {
  try {
    check(value)
  } catch (error) {
    if (error instanceof A2AError && error.name === 'InvalidParamsError' && error.violations[0]) return error.violations[0]
    throw error
  }
  throw new Error(`was accepted: ${JSON.stringify(value)}`)
}

t.test('a valid value is returned as it is, unknown fields included', async t => {
  const value = {
    tenant: 'acme',
    message: message({ metadata: { snake_case: null, nested: { task_id: '' } }, extra: { deep_er: null } }),
    configuration: { acceptedOutputModes: ['text/plain'], historyLength: 0, returnImmediately: true },
    later: [1]
  }
  const copy = structuredClone(value)
  t.equal(checkSend(value), value)
  t.same(value, copy)
})

t.test('errors name the field and say what is expected', async t => {
  const cases: [value: unknown, field: string, description: string][] = [
    [undefined, 'params', 'must be an object'],
    [null, 'params', 'must be an object'],
    ['x', 'params', 'must be an object'],
    [[], 'params', 'must be an object'],
    [{}, 'message', 'is required'],
    [{ '': 'x' }, 'message', 'is required'],
    [{ message: null }, 'message', 'must be an object'],
    [{ message: message({ role: 'user' }) }, 'message.role', 'must be one of ROLE_USER, ROLE_AGENT'],
    [{ message: message({ messageId: 5 }) }, 'message.messageId', 'must be a string'],
    [{ message: message({ messageId: '' }) }, 'message.messageId', 'must not be empty'],
    [{ message: message({ messageId: 'x'.repeat(257) }) }, 'message.messageId', 'must have at most 256 characters'],
    [{ message: message({ parts: undefined }) }, 'message.parts', 'is required'],
    [{ message: message({ parts: [] }) }, 'message.parts', 'must have at least 1 item'],
    [{ message: message({ parts: {} }) }, 'message.parts', 'must be an array'],
    [{ message: message({ parts: [{ text: 'a' }, 'b'] }) }, 'message.parts[1]', 'must be an object'],
    [{ message: message({ parts: [null] }) }, 'message.parts[0]', 'must be an object'],
    [{ message: message({ parts: [[]] }) }, 'message.parts[0]', 'must be an object'],
    [{ message: message({ parts: [{ text: 'a', raw: 'AA==', url: 'https://x.y', data: 1 }] }) }, 'message.parts[0]', 'must have exactly one of text, raw, url, data'],
    [{ message: message({ parts: [{ text: 5 }] }) }, 'message.parts[0].text', 'must be a string'],
    [{ message: message({ parts: [{}] }) }, 'message.parts[0]', 'must have exactly one of text, raw, url, data'],
    [{ message: message({ parts: [{ text: 'a', url: 'https://x.y' }] }) }, 'message.parts[0]', 'must have exactly one of text, raw, url, data'],
    [{ message: message({ parts: [{ raw: 'a b' }] }) }, 'message.parts[0].raw', 'must be base64'],
    [{ message: message({ parts: [{ url: '/x' }] }) }, 'message.parts[0].url', 'must be an absolute URL'],
    [{ message: message({ metadata: [] }) }, 'message.metadata', 'must be an object'],
    [{ message: message({ extensions: Array(101).fill('urn:x') }) }, 'message.extensions', 'must have at most 100 items'],
    [{ message: message(), configuration: { historyLength: -1 } }, 'configuration.historyLength', 'must be at least 0'],
    [{ message: message(), configuration: { historyLength: 1.5 } }, 'configuration.historyLength', 'must be an integer'],
    [{ message: message(), configuration: { historyLength: '5' } }, 'configuration.historyLength', 'must be an integer'],
    [{ message: message(), configuration: { returnImmediately: 'true' } }, 'configuration.returnImmediately', 'must be a boolean']
  ]
  for (const [value, field, description] of cases) {
    t.same(violation(checkSend, value), { field, description }, `${field} ${description}`)
  }
  t.same(violation(checkList, { pageSize: 101 }), { field: 'pageSize', description: 'must be at most 100' })
  t.same(violation(checkList, { statusTimestampAfter: '' }), { field: 'statusTimestampAfter', description: 'must be a timestamp such as 2026-01-31T12:00:00Z' })
  t.throws(() => checkSend({}), { message: 'Invalid parameters: message is required' })
})

t.test('a discriminated union tells which variant is wrong, and how', async t => {
  const check = compile(MessageSendParams)
  const withPart = (part: unknown) => ({ message: { messageId: 'm', role: 'user', parts: [part] } })
  const cases: [part: unknown, field: string, description: string][] = [
    [{ text: 'a' }, 'message.parts[0].kind', 'is required'],
    [{ kind: 'video' }, 'message.parts[0].kind', 'must be one of text, file, data'],
    [{ kind: 5 }, 'message.parts[0].kind', 'must be one of text, file, data'],
    [{ kind: 'text' }, 'message.parts[0].text', 'is required'],
    [{ kind: 'data', data: [1] }, 'message.parts[0].data', 'must be an object'],
    [{ kind: 'file' }, 'message.parts[0].file', 'is required'],
    [{ kind: 'file', file: { name: 'x' } }, 'message.parts[0].file', 'must have exactly one of bytes, uri'],
    [{ kind: 'file', file: { bytes: 'AA==', uri: 'https://x.y' } }, 'message.parts[0].file', 'must have exactly one of bytes, uri']
  ]
  for (const [part, field, description] of cases) t.same(violation(check, withPart(part)), { field, description })
  const wrongKind = { message: { kind: 'task', messageId: 'm', role: 'user', parts: [{ kind: 'text', text: '' }] } }
  t.same(violation(check, wrongKind), { field: 'message.kind', description: 'must be "message"' })
})

t.test('names of map entries stand in brackets where they are no plain names', async t => {
  const check = compile(AgentCard, 'card')
  const card = {
    name: 'n',
    description: 'd',
    version: '1',
    capabilities: {},
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    supportedInterfaces: [{ url: 'u', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }]
  }
  t.same(violation(check, 5), { field: 'card', description: 'must be an object' })
  t.same(violation(check, { ...card, securitySchemes: { 'a.b/c': {} } }), { field: 'securitySchemes["a.b/c"]', description: 'must have at least 1 property' })
  t.same(violation(check, { ...card, securitySchemes: { key: { mtlsSecurityScheme: {}, other: {} } } }), { field: 'securitySchemes.key', description: 'must have at most 1 property' })
  t.same(check(parsed(JSON.stringify({ ...card, securitySchemes: { key: { mtls_security_scheme: {} } } }))), { ...card, securitySchemes: { key: { mtlsSecurityScheme: {} } } })
})

t.test('snake_case names are renamed, at every depth that the schema describes', async t => {
  const value = checkSend({
    message: {
      message_id: 'm1',
      context_id: 'c1',
      role: 'ROLE_USER',
      reference_task_ids: ['t1'],
      parts: [{ text: 'a', media_type: 'text/plain' }, { data: { some_key: null, media_type: '' } }],
      metadata: { some_key: null, message_id: '' }
    },
    configuration: {
      accepted_output_modes: ['text/plain'],
      return_immediately: false,
      task_push_notification_config: { url: 'https://x.y', task_id: 't1' }
    }
  })
  t.same(value, {
    message: {
      messageId: 'm1',
      contextId: 'c1',
      role: 'ROLE_USER',
      referenceTaskIds: ['t1'],
      parts: [{ text: 'a', mediaType: 'text/plain' }, { data: { some_key: null, media_type: '' } }],
      metadata: { some_key: null, message_id: '' }
    },
    configuration: {
      acceptedOutputModes: ['text/plain'],
      returnImmediately: false,
      taskPushNotificationConfig: { url: 'https://x.y', taskId: 't1' }
    }
  })
})

t.test('where both names are there, camelCase wins, in any order', async t => {
  t.same(checkList({ contextId: 'camel', context_id: 'snake' }), { contextId: 'camel' })
  t.same(checkList({ context_id: 'snake', contextId: 'camel' }), { contextId: 'camel' })
  t.same(checkList({ context_id: 'snake', contextId: null }), { contextId: 'snake' })
  t.same(checkList({ contextId: null, context_id: 'snake' }), { contextId: 'snake' })
})

t.test('null on an optional field means that it is not set', async t => {
  t.same(checkSend({ tenant: null, configuration: null, metadata: null, message: message({ taskId: null, context_id: null, parts: [{ text: 'a', url: null, metadata: null }] }) }),
    { message: message({ parts: [{ text: 'a' }] }) })
  t.same(violation(checkSend, { message: message({ messageId: null }) }), { field: 'message.messageId', description: 'must be a string' })
})

t.test('null as the data of a part is a value', async t => {
  t.same(checkSend({ message: message({ parts: [{ data: null }] }) }), { message: message({ parts: [{ data: null }] }) })
  t.same(violation(checkSend, { message: message({ parts: [{ text: 'a', data: null }] }) }).field, 'message.parts[0]')
})

t.test('an empty string on an optional field means that it is not set', async t => {
  t.same(checkSend({ tenant: '', message: message({ taskId: '', contextId: '', parts: [{ url: 'https://x.y/z', filename: '', mediaType: '' }] }) }),
    { message: message({ parts: [{ url: 'https://x.y/z' }] }) })
  t.same(checkList({ tenant: '', contextId: '', page_token: '' }), {})
  t.same(checkSend({ message: message({ parts: [{ text: '' }, { raw: '' }] }) }), { message: message({ parts: [{ text: '' }, { raw: '' }] }) }, 'but not in the content of a part')
})

t.test('TASK_STATE_UNSPECIFIED means that the state is not set', async t => {
  t.same(checkList({ status: 'TASK_STATE_UNSPECIFIED' }), {})
  t.same(violation(compile(TaskStatus), { state: 'TASK_STATE_UNSPECIFIED' }).field, 'state', 'and where one is required it is an error')
})

t.test('keys like __proto__ stay ordinary keys', async t => {
  const value = checkSend(parsed('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"message":{"messageId":"m1","role":"ROLE_USER","__proto__":{"taskId":"t1"},"parts":[{"text":"a","__proto__":null}]}}'))
  t.equal(Reflect.get({}, 'polluted'), undefined)
  t.equal(Object.getPrototypeOf(value), Object.prototype)
  t.equal(value.message.taskId, undefined)
  t.same(violation(checkSend, parsed('{"message":{"__proto__":{"messageId":"m1"},"role":"ROLE_USER","parts":[{"text":"a"}]}}')).field, 'message.messageId')
})

t.test('timestamps exist, and say their offset', async t => {
  const check = (timestamp: string) => compile(TaskStatus)({ state: 'TASK_STATE_WORKING', timestamp })
  for (const good of ['2026-01-31T12:00:00Z', '2024-02-29T23:59:59.123456789Z', '2000-02-29T00:00:00.1Z', '2026-01-31T12:00:00+02:00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59']) {
    t.doesNotThrow(() => check(good), good)
  }
  for (const bad of ['2026-02-30T12:00:00Z', '2023-02-29T12:00:00Z', '1900-02-29T12:00:00Z', '2026-13-01T12:00:00Z', '2026-00-01T12:00:00Z', '2026-01-00T12:00:00Z', '2026-01-31T24:00:00Z', '2026-01-31T12:60:00Z', '2026-01-31T12:00:00', '2026-01-31', '2026-01-31 12:00:00Z', '2026-01-31t12:00:00z', '2026-01-31T12:00:00.Z', '2026-01-31T12:00:00.1234567890Z', '2026-01-31T12:00:00+24:00', '0000-01-01T00:00:00Z', '12026-01-31T12:00:00Z', '2026-01-31T12:00:00Z\n']) {
    t.throws(() => check(bad), bad)
  }
})

t.test('base64 in both alphabets, padded or not', async t => {
  const check = (raw: string) => checkSend({ message: message({ parts: [{ raw }] }) })
  for (const good of ['', 'AA==', 'AA', 'AAA=', 'AAA', 'AAAA', '+/+/', '-_-_', '-_8=']) t.doesNotThrow(() => check(good), good)
  for (const bad of ['A', 'A===', 'AAAAA', '=', '==', 'AA=', 'AAAA=', 'AA=A', 'AA AA', 'AAAA\n', 'é===', '*']) t.throws(() => check(bad), bad)
  t.doesNotThrow(() => check('A'.repeat(20_000_000)), 'however long')
  t.throws(() => check(`${'A'.repeat(20_000_000)}!`))
})

t.test('a schema that a user wrote', async t => {
  const { check } = compileUserSchema({
    $id: 'https://example.com/offer',
    type: 'object',
    required: ['from'],
    properties: {
      from: { $ref: '#/$defs/airport' },
      seats: { type: ['integer', 'null'], exclusiveMinimum: 0, default: 1 },
      at: { type: 'string', format: 'date-time' },
      legs: { prefixItems: [{ type: 'string' }], minItems: 2, uniqueItems: true },
      kind: { const: 'one-way' },
      price: { anyOf: [{ type: 'number' }, { type: 'string' }] },
      unit: { oneOf: [{ type: 'number' }, { multipleOf: 2 }] }
    },
    additionalProperties: false,
    'x-unknown': true,
    $defs: { airport: { type: 'string', minLength: 3, pattern: '^[A-Z]+$' } }
  })
  const value = { from: 'LIS' }
  t.same(check(value), [])
  t.same(value, { from: 'LIS' }, 'changes nothing')
  t.same(check(5), [{ field: '', description: 'must be an object' }])
  t.same(check({}), [{ field: 'from', description: 'is required' }])
  t.same(check({ from: 'LI' }), [{ field: 'from', description: 'must have at least 3 characters' }])
  t.same(check({ from: 'lis' }), [{ field: 'from', description: 'must match the pattern ^[A-Z]+$' }])
  t.same(check({ from: 'LIS', seats: 'x' }), [{ field: 'seats', description: 'must be an integer or null' }])
  t.same(check({ from: 'LIS', seats: 0 }), [{ field: 'seats', description: 'must be greater than 0' }])
  t.same(check({ from: 'LIS', legs: ['a'] }), [{ field: 'legs', description: 'must have at least 2 items' }])
  t.same(check({ from: 'LIS', legs: ['a', 'a'] }), [{ field: 'legs', description: 'must not have the same item twice' }])
  t.same(check({ from: 'LIS', kind: 'return' }), [{ field: 'kind', description: 'must be "one-way"' }])
  t.same(check({ from: 'LIS', price: true }), [{ field: 'price', description: 'must have one of the allowed forms' }])
  t.same(check({ from: 'LIS', unit: 4 }), [{ field: 'unit', description: 'must have exactly one of the allowed forms' }])
  t.same(check({ from: 'LIS', to: 'KEF' }), [{ field: '', description: 'must not have the property "to"' }])
  t.same(check({ from: 'LIS', at: 'soon' }), [], 'format is an annotation')
  t.doesNotThrow(() => compileUserSchema({ $id: 'https://example.com/offer' }), 'two schemas may have the same $id')
})

t.test('a schema that is none is an error that says so', async t => {
  t.throws(() => compileUserSchema({ type: 'text' }), { message: /^Not a valid JSON Schema: / })
  t.throws(() => compileUserSchema({ $ref: '#/$defs/missing' }), { message: /^Not a valid JSON Schema: / })
})

t.test('every keyword has its sentence', async t => {
  const only = (schema: Record<string, unknown>, value: unknown) => compileUserSchema(schema).check(value)[0]?.description
  t.equal(only({ exclusiveMaximum: 5 }, 5), 'must be less than 5')
  t.equal(only({ multipleOf: 5 }, 6), 'must be a multiple of 5')
  t.equal(only({ minProperties: 2 }, {}), 'must have at least 2 properties')
  t.equal(only({ maxItems: 1 }, [1, 2]), 'must have at most 1 item')
  t.equal(only({ not: {} }, 1), 'must NOT be valid', 'else Ajv\'s own')
})

t.test('types follow from the schema', async t => {
  const inferred: Validator<Message> = compile(Message)
  const named: Validator<TaskPushNotificationConfig> = compile<TaskPushNotificationConfig>(TaskPushNotificationConfig)
  const other: Validator<string> = compile<string>(Type.String() satisfies TSchema)
  t.same([typeof inferred, typeof named, other('x')], ['function', 'function', 'x'])
})

t.test('a schema of draft 7 says so', async t => {
  const { check } = compileUserSchema({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', required: ['from'] })
  t.strictSame(check({ from: 'ZRH' }), [])
  t.match(check({}), [{ field: 'from' }])
})
