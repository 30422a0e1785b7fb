/** The gRPC binding, by the official client of gRPC on real sockets. */
import { status } from '@grpc/grpc-js'
import t from 'tap'
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'
import { GrpcClient } from '../helpers/grpc.ts'
import { grpcHost, http2Host } from '../helpers/grpc-host.ts'
import { message, sendParams } from '../helpers/rpc.ts'
import { storeWith } from '../helpers/stores.ts'

const target = { url: 'http://127.0.0.1:9/hook', token: 'hunter2', authentication: { scheme: 'Bearer', credentials: 'swordfish' } }
const shown = { url: target.url, authentication: { scheme: 'Bearer' } }
const push = { targets: { http: true, allow: ['127.0.0.0/8'] } }

t.test('every operation of 1.0', async t => {
  const { address } = await grpcHost(t, { push, extendedCard: { name: 'Extended', description: 'For those who are known' } }, app => {
    app.addHook('onRequest', async request => { request.a2aPrincipal = { id: 'alice' } })
  })
  const client = new GrpcClient(t, address)

  const { task: done } = await client.ask<{ task: Task }>('SendMessage', sendParams([{ text: 'Hi' }], { metadata: { a: [1, { b: null }] } }))
  t.match(done, { id: String, contextId: String, status: { state: 'TASK_STATE_COMPLETED', timestamp: /^\d{4}-/ }, artifacts: [{ parts: [{ text: 'Hi' }] }], history: [{ role: 'ROLE_USER' }] })
  t.match(await client.ask('SendMessage', sendParams('reply')), { message: { role: 'ROLE_AGENT', parts: [{ text: 'Just a message' }] } })

  const events = await client.events<StreamResponse>('SendStreamingMessage', sendParams('Hi'))
  t.match(events, [{ task: { status: { state: 'TASK_STATE_SUBMITTED' } } }, { artifactUpdate: { artifact: { parts: [{ text: 'Hi' }] } } }, { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } }])

  t.strictSame(await client.ask('GetTask', { id: done.id }), done)
  t.notOk('history' in await client.ask('GetTask', { id: done.id, historyLength: 0 }), 'zero is not the same as nothing')
  const list = await client.ask<{ tasks: Task[] }>('ListTasks', { pageSize: 1, status: 'TASK_STATE_COMPLETED', statusTimestampAfter: '2020-01-01T00:00:00Z' })
  t.match(list, { tasks: [{ status: { state: 'TASK_STATE_COMPLETED' } }], nextPageToken: String, pageSize: 1, totalSize: 2 })
  t.match(await client.ask('ListTasks', {}), { tasks: Array, totalSize: 2 })
  t.match(await client.ask('ListTasks', { pageSize: 0 }), { tasks: Array, totalSize: 2, pageSize: 50 }, 'a client in Go says so where it says nothing')

  const { task } = await client.ask<{ task: Task }>('SendMessage', sendParams('stay', { configuration: { returnImmediately: true } }))
  const subscription = client.events<StreamResponse>('SubscribeToTask', { id: task.id })
  t.match(await client.ask('CancelTask', { id: task.id, metadata: { why: 'bored' } }), { id: task.id, status: { state: 'TASK_STATE_CANCELED' } })
  t.match((await subscription).at(-1), { statusUpdate: { status: { state: 'TASK_STATE_CANCELED' } } })

  const created = await client.ask<{ id: string }>('CreateTaskPushNotificationConfig', { taskId: done.id, ...target })
  t.match(created, { taskId: done.id, url: target.url })
  const name = { taskId: done.id, id: created.id }
  t.strictSame(await client.ask('GetTaskPushNotificationConfig', name), { ...name, ...shown })
  t.strictSame(await client.ask('ListTaskPushNotificationConfigs', { taskId: done.id }), { configs: [{ ...name, ...shown }] })
  t.strictSame(await client.ask('DeleteTaskPushNotificationConfig', name), {})
  t.strictSame(await client.ask('ListTaskPushNotificationConfigs', { taskId: done.id }), {})

  t.match(await client.ask('GetExtendedAgentCard', {}), { name: 'Extended', supportedInterfaces: [{ protocolBinding: 'JSONRPC', protocolVersion: '1.0' }, {}, { url: address, protocolBinding: 'GRPC' }], skills: [{ id: 'agent' }] })
})

t.test('every operation of 0.3', async t => {
  const { address } = await grpcHost(t, { push })
  const client = new GrpcClient(t, address, { version: '0.3' })
  const send = (text: string, blocking = true) => ({ message: { messageId: `m-${text}`, role: 'ROLE_USER', content: [{ text }] }, configuration: { blocking } })

  const { task: done } = await client.ask<{ task: Task }>('SendMessage', send('Hi'))
  t.match(done, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'Hi' }] }], history: [{ content: [{ text: 'Hi' }] }] })
  t.match(await client.ask('SendMessage', send('reply')), { message: { role: 'ROLE_AGENT', content: [{ text: 'Just a message' }] } })
  t.match(await client.events('SendStreamingMessage', send('Hi')), [{ task: {} }, { artifactUpdate: {} }, { statusUpdate: { final: true } }])
  t.strictSame(await client.ask('GetTask', { name: `tasks/${done.id}` }), done)

  const { task } = await client.ask<{ task: Task }>('SendMessage', send('stay', false))
  const subscription = client.events<StreamResponse>('TaskSubscription', { name: `tasks/${task.id}` })
  t.match(await client.ask('CancelTask', { name: `tasks/${task.id}` }), { status: { state: 'TASK_STATE_CANCELLED' } })
  t.match((await subscription).at(-1), { statusUpdate: { status: { state: 'TASK_STATE_CANCELLED' }, final: true } })

  const parent = `tasks/${done.id}`
  const name = `${parent}/pushNotificationConfigs/c1`
  const config = { pushNotificationConfig: { id: 'c1', url: target.url, authentication: { schemes: ['Bearer'] } } }
  t.match(await client.ask('CreateTaskPushNotificationConfig', { parent, configId: 'c1', config }), { name })
  t.match(await client.ask('GetTaskPushNotificationConfig', { name }), { name, ...config })
  t.match(await client.ask('ListTaskPushNotificationConfig', { parent }), { configs: [{ name }] })
  t.match(await client.ask('ListTaskPushNotificationConfig', { parent: `${parent}/pushNotificationConfigs` }), { configs: [{ name }] }, 'as the comments of the proto have it')
  t.strictSame(await client.ask('DeleteTaskPushNotificationConfig', { name }), {})
  t.match(await client.ask('GetAgentCard', {}), { name: 'Test agent', protocolVersion: '0.3.0', additionalInterfaces: [{}, {}, { url: address, transport: 'GRPC' }] })

  t.match(await client.error('GetTask', { name: 'nonsense' }), { code: status.INVALID_ARGUMENT, details: [{ fieldViolations: [{ field: 'name', description: 'must be tasks/{id}' }] }, {}] })
})

t.test('on the port of a Fastify that speaks HTTP/2', async t => {
  const { address } = await http2Host(t)
  const client = new GrpcClient(t, address)
  t.match(await client.ask('SendMessage', sendParams('Hi')), { task: { artifacts: [{ parts: [{ text: 'Hi' }] }] } })
  t.equal((await client.events('SendStreamingMessage', sendParams('Hi'))).length, 3)
})

t.test('errors are a status with details', async t => {
  const { address } = await grpcHost(t)
  const client = new GrpcClient(t, address)
  const info = (reason: string, more = {}) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'a2a-protocol.org', ...more })

  t.strictSame(await client.error('GetTask', { id: 'nobody' }), { code: status.NOT_FOUND, message: 'Task not found', details: [info('TASK_NOT_FOUND', { metadata: { taskId: 'nobody' } })] })
  t.match(await client.error('SendMessage', { message: { ...message('x'), parts: [{ text: 'a' }, { metadata: {} }] } }), {
    code: status.INVALID_ARGUMENT, details: [{ '@type': /BadRequest/, fieldViolations: [{ field: 'message.parts[1]' }] }, info('INVALID_PARAMS')]
  })
  t.match(await client.error('SendMessage', {}), { code: status.INVALID_ARGUMENT, details: [{ fieldViolations: [{ field: 'message' }] }, {}] })
  t.match(await client.error('SendMessage', { message: { ...message('x'), role: 9 } }), { code: status.INVALID_ARGUMENT, details: [{ fieldViolations: [{ field: 'message.role' }] }, {}] })
  t.match(await client.streamError('SubscribeToTask', { id: 'nobody' }), { code: status.NOT_FOUND, details: [info('TASK_NOT_FOUND')] })
  const { task } = await client.ask<{ task: Task }>('SendMessage', sendParams('x'))
  t.match(await client.error('CancelTask', { id: task.id }), { code: status.FAILED_PRECONDITION, details: [info('TASK_NOT_CANCELABLE')] })
  t.match(await client.streamError('SubscribeToTask', { id: task.id }), { code: status.FAILED_PRECONDITION, details: [info('UNSUPPORTED_OPERATION')] })
  t.match(await client.error('GetExtendedAgentCard', {}), { code: status.FAILED_PRECONDITION })
  t.match(await client.error('CreateTaskPushNotificationConfig', { taskId: task.id, url: 'http://127.0.0.1:9' }), { code: status.FAILED_PRECONDITION, details: [info('PUSH_NOTIFICATION_NOT_SUPPORTED')] })
})

t.test('internal errors say nothing', async t => {
  const store = storeWith({ get: async () => { throw new Error('password is hunter2') } })
  const { address } = await grpcHost(t, { store })
  const failure = await new GrpcClient(t, address).error('GetTask', { id: 'x' })
  t.match(failure, { code: status.INTERNAL, message: 'Internal error' })
  t.notMatch(JSON.stringify(failure), /hunter2/)
})
