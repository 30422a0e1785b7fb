/** The shapes of the 0.3 proto: what its gRPC and HTTP+JSON bindings share. Messages and tasks are met in plugins/http-json.test.ts. */
import t from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'
import { toProtoCard } from '../../lib/protocol/v0_3/proto-card.ts'
import { fromProtoList, fromProtoMessage, fromProtoSend, toProtoEvent, toProtoMessage, toProtoTask } from '../../lib/protocol/v0_3/proto-json.ts'
import { fromProtoCreatePushConfig, readPushConfigName, readTaskName, toProtoPushConfig } from '../../lib/protocol/v0_3/proto-push.ts'
import { unknownState } from '../../lib/protocol/v0_3/states.ts'

t.test('messages come back as they went', async t => {
  const message = fromProtoMessage({
    messageId: 'm',
    contextId: 'c',
    taskId: 't',
    role: 'ROLE_AGENT',
    content: [{ text: '' }, { file: { fileWithBytes: '', mimeType: 'a/b' } }, { data: { data: {} }, metadata: { a: 1 } }],
    metadata: { b: 2 },
    extensions: ['urn:x']
  })
  t.strictSame(toProtoMessage(message), {
    messageId: 'm',
    role: 'ROLE_AGENT',
    content: [{ text: '' }, { file: { fileWithBytes: '', mimeType: 'a/b' } }, { data: { data: {} }, metadata: { a: 1 } }],
    contextId: 'c',
    taskId: 't',
    metadata: { b: 2 },
    extensions: ['urn:x']
  })
  t.notOk('referenceTaskIds' in toProtoMessage({ ...message, referenceTaskIds: ['x'] }), 'the proto has no place for them')
})

t.test('a configuration', async t => {
  const message = { messageId: 'm', role: 'ROLE_USER', content: [{ text: 'x' }] } as const
  const send = (configuration?: Parameters<typeof fromProtoSend>[0]['configuration']) => fromProtoSend({ message: { ...message, content: [{ text: 'x' }] }, configuration }).configuration
  t.equal(send(), undefined)
  t.strictSame(send({}), { returnImmediately: true })
  t.strictSame(send({ blocking: true, historyLength: 0 }), { returnImmediately: false })
  t.strictSame(send({ blocking: true, historyLength: 3, acceptedOutputModes: ['a/b'], pushNotification: { url: 'https://x', authentication: { schemes: ['Basic', 'Bearer'], credentials: 'c' } } }), {
    acceptedOutputModes: ['a/b'], historyLength: 3, returnImmediately: false, taskPushNotificationConfig: { url: 'https://x', authentication: { scheme: 'Bearer', credentials: 'c' } }
  })
})

t.test('states', async t => {
  const task = (state: Task['status']['state'], metadata?: Task['metadata']): Task => ({ id: 't', status: { state }, ...metadata !== undefined && { metadata } })
  t.strictSame(toProtoTask(task('TASK_STATE_CANCELED')), { id: 't', status: { state: 'TASK_STATE_CANCELLED' } })
  t.strictSame(toProtoTask(task('TASK_STATE_WORKING', { [unknownState]: true })), { id: 't', status: { state: 'TASK_STATE_UNSPECIFIED' } })
  t.strictSame(fromProtoList({ status: 'TASK_STATE_CANCELLED', pageSize: 5 }), { status: 'TASK_STATE_CANCELED', pageSize: 5 })
  t.strictSame(fromProtoList({ status: 'TASK_STATE_UNSPECIFIED' }), {})
})

t.test('events stand under the name of their kind', async t => {
  const status = { state: 'TASK_STATE_COMPLETED' } as const
  const events: Array<[StreamResponse, object]> = [
    [{ task: { id: 't', status } }, { task: { id: 't', status } }],
    [{ message: { messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'x' }] } }, { message: { messageId: 'm', role: 'ROLE_AGENT', content: [{ text: 'x' }] } }],
    [{ statusUpdate: { taskId: 't', contextId: 'c', status } }, { statusUpdate: { taskId: 't', contextId: 'c', status, final: true } }],
    [
      { artifactUpdate: { taskId: 't', contextId: 'c', artifact: { artifactId: 'a', name: 'n', parts: [{ text: 'x' }] }, append: true, lastChunk: true, metadata: { a: 1 } } },
      { artifactUpdate: { taskId: 't', contextId: 'c', artifact: { artifactId: 'a', name: 'n', parts: [{ text: 'x' }] }, append: true, lastChunk: true, metadata: { a: 1 } } }
    ]
  ]
  for (const [response, expected] of events) t.strictSame(toProtoEvent(response, { final: true }), expected)
})

t.test('resource names', async t => {
  t.equal(readTaskName('tasks/a:b'), 'a:b')
  t.strictSame(readPushConfigName('tasks/a/pushNotificationConfigs/b'), { taskId: 'a', id: 'b' })
  for (const name of ['', 'a', 'tasks/', 'tasks/a/b', 'task/a']) t.throws(() => readTaskName(name, 'parent'), { name: 'InvalidParamsError', violations: [{ field: 'parent' }] }, name)
  for (const name of ['', 'tasks/a', 'tasks/a/pushNotificationConfigs/', 'tasks//pushNotificationConfigs/b', 'tasks/a/pushNotificationConfigs/b/c']) t.throws(() => readPushConfigName(name), { name: 'InvalidParamsError' }, name)
})

t.test('push configurations', async t => {
  t.strictSame(fromProtoCreatePushConfig({ configId: 'c', config: { pushNotificationConfig: { url: 'https://x', token: 't' } } }, 'task'), { id: 'c', url: 'https://x', token: 't', taskId: 'task' })
  t.strictSame(fromProtoCreatePushConfig({ configId: 'c', config: { pushNotificationConfig: { id: 'own', url: 'https://x' } } }, 'task'), { id: 'own', url: 'https://x', taskId: 'task' })
  t.strictSame(toProtoPushConfig({ taskId: 'a', id: 'b', url: 'https://x', authentication: { scheme: 'Bearer' } }), {
    name: 'tasks/a/pushNotificationConfigs/b', pushNotificationConfig: { id: 'b', url: 'https://x', authentication: { schemes: ['Bearer'] } }
  })
})

t.test('the card', async t => {
  const requirement = { schemes: { login: { list: ['read'] } } }
  const card: AgentCard = {
    name: 'n',
    description: 'd',
    version: '1',
    supportedInterfaces: [{ url: 'https://x/a2a', protocolBinding: 'HTTP+JSON', protocolVersion: '0.3' }],
    capabilities: { streaming: true, extendedAgentCard: true },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    securityRequirements: [requirement],
    securitySchemes: {
      key: { apiKeySecurityScheme: { location: 'header', name: 'x-api-key' } },
      login: { oauth2SecurityScheme: { flows: { authorizationCode: { authorizationUrl: 'https://x/a', tokenUrl: 'https://x/t', scopes: { read: 'Read' }, pkceRequired: true } } } },
      device: { oauth2SecurityScheme: { flows: { deviceCode: { deviceAuthorizationUrl: 'https://x/d', tokenUrl: 'https://x/t', scopes: {} } } } }
    },
    skills: [{ id: 's', name: 's', description: 's', tags: [], securityRequirements: [requirement] }, { id: 'o', name: 'o', description: 'o', tags: [] }]
  }
  t.strictSame(toProtoCard(card), {
    protocolVersion: '0.3.0',
    url: 'https://x/a2a',
    preferredTransport: 'HTTP+JSON',
    additionalInterfaces: [{ url: 'https://x/a2a', transport: 'HTTP+JSON' }],
    supportsAuthenticatedExtendedCard: true,
    name: 'n',
    description: 'd',
    version: '1',
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    capabilities: { streaming: true },
    securitySchemes: {
      key: { apiKeySecurityScheme: { location: 'header', name: 'x-api-key' } },
      login: { oauth2SecurityScheme: { flows: { authorizationCode: { authorizationUrl: 'https://x/a', tokenUrl: 'https://x/t', scopes: { read: 'Read' } } } } },
      device: { oauth2SecurityScheme: { flows: {} } }
    },
    security: [requirement],
    skills: [{ id: 's', name: 's', description: 's', tags: [], security: [requirement] }, { id: 'o', name: 'o', description: 'o', tags: [] }]
  })
  t.equal(toProtoCard({ ...card, supportedInterfaces: [{ url: 'https://x', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] }), undefined)
})
