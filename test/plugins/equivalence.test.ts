/** Every operation and every error is the same in three bindings and two versions, once the names of 0.3 are taken off. */
import t, { type Test } from 'tap'
import type { AgentOptions } from '../../lib/agent/options.ts'
import { A2AError, type ErrorName } from '../../lib/protocol/errors.ts'
import { defineExtension } from '../../plugins/index.ts'
import { grpcHost } from '../helpers/grpc-host.ts'
import { obey } from '../helpers/host.ts'
import { message, sendParams } from '../helpers/rpc.ts'
import { storeWith, watchedStore } from '../helpers/stores.ts'
import { tonguesOf, type Tongue } from '../helpers/tongues.ts'
import type { Json } from '../helpers/v0_3-forms.ts'
import { until } from '../helpers/wait.ts'

const push = { targets: { http: true, allow: ['127.0.0.0/8'] } }
const config = { id: 'c1', url: 'http://127.0.0.1:9/hook', token: 'hunter2' }

async function tongues (t: Test, options: Partial<AgentOptions> = {}): Promise<Tongue[]> {
  const { app, address } = await grpcHost(t, { push, executor, ...options }, app => {
    app.addHook('onRequest', async request => {
      const asked = request.headers['x-fail']
      if (asked !== undefined) throw new A2AError(String(asked) as ErrorName)
    })
  })
  return tonguesOf(t, app, address)
}

const executor: AgentOptions['executor'] = async task => task.text === 'parts' ? { parts: task.message.parts.slice(1) } : await obey(task)

const send = async ({ ask }: Tongue, text: string) => (await ask('SendMessage', sendParams(text, { configuration: { returnImmediately: text === 'stay' } })) as { task: { id: string } }).task.id

const { store, readers } = watchedStore()

const operations: Record<string, (tongue: Tongue) => Promise<unknown>> = {
  'SendMessage that becomes a task': ({ ask }) => ask('SendMessage', sendParams('Hi')),
  'SendMessage that becomes a message': ({ ask }) => ask('SendMessage', sendParams('reply')),
  'SendMessage with parts of all kinds': ({ ask }) => ask('SendMessage', sendParams([
    { text: 'parts' }, { text: 'x' }, { raw: 'AQID', filename: 'a.json', mediaType: 'application/json' }, { url: 'https://example.com/b', mediaType: 'text/plain' }, { data: { a: [1, 'é', null, { b: true }] } }
  ])),
  'SendMessage to a task': async tongue => {
    const taskId = await send(tongue, 'ask')
    return await tongue.ask('SendMessage', sendParams('then this', { message: { taskId } }))
  },
  SendStreamingMessage: ({ ask }) => ask('SendStreamingMessage', sendParams('Hi')),
  'SendStreamingMessage that becomes a message': ({ ask }) => ask('SendStreamingMessage', sendParams('reply')),
  GetTask: async tongue => await tongue.ask('GetTask', { id: await send(tongue, 'Hi') }),
  'GetTask with the last message': async tongue => await tongue.ask('GetTask', { id: await send(tongue, 'ask'), historyLength: 1 }),
  CancelTask: async tongue => await tongue.ask('CancelTask', { id: await send(tongue, 'stay') }),
  SubscribeToTask: async tongue => {
    const id = await send(tongue, 'stay')
    const events = tongue.ask('SubscribeToTask', { id })
    await until(() => readers.size === 1)
    await tongue.ask('CancelTask', { id })
    return (await events as unknown[]).slice(-1)
  },
  'push configurations': async tongue => {
    const taskId = await send(tongue, 'ask')
    const steps = ['CreateTaskPushNotificationConfig', 'GetTaskPushNotificationConfig', 'ListTaskPushNotificationConfigs', 'DeleteTaskPushNotificationConfig']
    const answers: unknown[] = []
    for (const step of steps) {
      const answer = await tongue.ask(step, { taskId, ...step.startsWith('Create') ? config : step.startsWith('List') ? {} : { id: config.id } })
      // JSON-RPC 0.3 has a list, and no pages.
      answers.push(step.startsWith('List') && Array.isArray(answer) ? { configs: answer } : answer)
    }
    return answers
  }
}

t.test('operations', async t => {
  const all = await tongues(t, { store })
  for (const [name, run] of Object.entries(operations)) {
    t.test(name, async t => await compare(t, all, run))
  }
})

type Failure = { options?: Partial<AgentOptions>, run: (tongue: Tongue) => Promise<unknown>, reason: string }

const errors: Record<string, Failure> = {
  'GetTask of nobody': { run: ({ ask }) => ask('GetTask', { id: 'nobody' }), reason: 'TASK_NOT_FOUND' },
  'CancelTask of nobody': { run: ({ ask }) => ask('CancelTask', { id: 'nobody' }), reason: 'TASK_NOT_FOUND' },
  'SubscribeToTask of nobody': { run: ({ ask }) => ask('SubscribeToTask', { id: 'nobody' }), reason: 'TASK_NOT_FOUND' },
  'SendMessage to nobody': { run: ({ ask }) => ask('SendMessage', sendParams('x', { message: { taskId: 'nobody' } })), reason: 'TASK_NOT_FOUND' },
  'CancelTask that has ended': { run: async tongue => await tongue.ask('CancelTask', { id: await send(tongue, 'Hi') }), reason: 'TASK_NOT_CANCELABLE' },
  'SubscribeToTask that has ended': { run: async tongue => await tongue.ask('SubscribeToTask', { id: await send(tongue, 'Hi') }), reason: 'UNSUPPORTED_OPERATION' },
  'SendMessage to a task that has ended': { run: async tongue => await tongue.ask('SendMessage', sendParams('x', { message: { taskId: await send(tongue, 'Hi') } })), reason: 'UNSUPPORTED_OPERATION' },
  'streams that are not served': { options: { capabilities: { streaming: false } }, run: ({ ask }) => ask('SendStreamingMessage', sendParams('x')), reason: 'UNSUPPORTED_OPERATION' },
  'a media type that is not taken': { run: ({ ask }) => ask('SendMessage', sendParams([{ raw: 'AQID', mediaType: 'image/png' }])), reason: 'CONTENT_TYPE_NOT_SUPPORTED' },
  'push that is not served': { options: { push: false }, run: async tongue => await tongue.ask('CreateTaskPushNotificationConfig', { taskId: await send(tongue, 'ask'), ...config }), reason: 'PUSH_NOTIFICATION_NOT_SUPPORTED' },
  'no parts': { run: ({ ask }) => ask('SendMessage', { message: { ...message('x'), parts: [] } }), reason: 'INVALID_PARAMS' },
  'an empty part': { run: ({ ask }) => ask('SendStreamingMessage', { message: { ...message('x'), parts: [{}] } }), reason: 'INVALID_PARAMS' },
  'an extension that is required': { options: { extensions: [defineExtension({ uri: 'urn:x:needed', required: true })] }, run: ({ ask }) => ask('SendMessage', sendParams('x')), reason: 'EXTENSION_SUPPORT_REQUIRED' },
  'a version that is not known': { run: ({ ask }) => ask('GetTask', { id: 'x' }, { 'a2a-version': '9.9' }), reason: 'VERSION_NOT_SUPPORTED' },
  'anonymous callers': { options: { allowAnonymous: false }, run: ({ ask }) => ask('GetTask', { id: 'x' }), reason: 'UNAUTHENTICATED' },
  'a store that is down': { options: { store: storeWith({ get: async () => { throw new Error('down') } }) }, run: ({ ask }) => ask('GetTask', { id: 'x' }), reason: 'INTERNAL' },
  'too many messages for one task': {
    options: { limits: { queuedTurns: 0 } },
    run: async tongue => await tongue.ask('SendMessage', sendParams('x', { message: { taskId: await send(tongue, 'stay') } })),
    reason: 'RESOURCE_EXHAUSTED'
  },
  ...Object.fromEntries(([
    ['UnauthenticatedError', 'UNAUTHENTICATED'], ['PermissionDeniedError', 'PERMISSION_DENIED'], ['ResourceExhaustedError', 'RESOURCE_EXHAUSTED'], ['UnavailableError', 'UNAVAILABLE'], ['NotFoundError', 'NOT_FOUND']
  ] as const).map(([name, reason]) => [`a hook that throws ${name}`, { run: ({ ask }: Tongue) => ask('SendMessage', sendParams('x'), { 'x-fail': name }), reason }]))
}

t.test('errors', async t => {
  const common = await tongues(t)
  for (const [name, { options, run, reason }] of Object.entries(errors)) {
    t.test(name, async t => {
      for (const tongue of options === undefined ? common : await tongues(t, options)) t.strictSame(await run(tongue), { error: reason }, tongue.name)
    })
  }
})

/** What JSON-RPC 1.0 sees is what all others must see. */
async function compare (t: Test, [first, ...others]: readonly Tongue[], run: (tongue: Tongue) => Promise<unknown>): Promise<void> {
  if (first === undefined) throw new Error('there is no tongue')
  const expected = nameless(await run(first))
  t.notMatch(JSON.stringify(expected), /"error"/)
  for (const tongue of others) t.strictSame(nameless(await run(tongue)), expected, tongue.name)
}

const ids = ['id', 'taskId', 'contextId', 'messageId', 'artifactId', 'timestamp']

/** Without ids and times, which differ, and without what is empty, which is the same as nothing in a proto. */
function nameless (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nameless)
  if (typeof value !== 'object' || value === null) return value
  // Get and the like answer with a task, which 0.3 calls one.
  const { task, ...rest } = value as Json
  const object = task !== undefined && Object.keys(rest).length === 0 ? task as Json : value
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => !ids.includes(key) && !isEmpty(value)).map(([key, value]) => [key, nameless(value)]))
}

function isEmpty (value: unknown): boolean {
  return value === '' || value === false || (Array.isArray(value) && value.length === 0)
}
