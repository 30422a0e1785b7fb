/** This project's client and the official servers, in each version and binding that they have. */
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { discover, type AgentEvent, type RemoteAgent } from '../../lib/client/index.ts'
import pushReceiver, { type PushNotification } from '../../plugins/push-receiver.ts'
import { closeAfter, listen } from '../helpers/host.ts'
import { serveJs03 } from './servers/js-0.3.ts'
import { serveJs1 } from './servers/js-1.ts'
import { servePython } from './servers/python.ts'

t.setTimeout(300_000)

type Server = {
  name: string
  serve (t: Test): Promise<string | undefined>
  versions: Array<'1.0' | '0.3'>
  /** A subscription may begin with a task that holds a chunk already which then comes as an event. */
  repeats: boolean
  /** What there is no method for. */
  lacks: string[]
}

const servers: Server[] = [
  { name: '@a2a-js/sdk 1.x', serve: serveJs1, versions: ['1.0', '0.3'], repeats: false, lacks: [] },
  { name: '@a2a-js/sdk 0.3.x', serve: serveJs03, versions: ['0.3'], repeats: false, lacks: [] },
  { name: 'a2a-sdk 1.x (Python)', serve: async (t: Test) => await servePython(t, 'a2a-1', 'python_1.py'), versions: ['1.0', '0.3'], repeats: true, lacks: ['delete 0.3 HTTP+JSON'] },
  { name: 'a2a-sdk 0.3.x (Python)', serve: async (t: Test) => await servePython(t, 'a2a-0.3', 'python_0_3.py'), versions: ['0.3'], repeats: true, lacks: ['delete 0.3 GRPC', 'delete 0.3 HTTP+JSON'] }
]

// A stream of a task that is canceled is not ended by the Python server of 0.3.
const quick = { poll: { minDelay: 20 }, reconnect: { minDelay: 10 }, timeouts: { idle: 1_000 } }

for (const { name, serve, versions, repeats, lacks } of servers) {
  t.test(name, async t => {
    const url = await serve(t)
    if (url === undefined) return
    for (const version of versions) {
      for (const transport of ['JSONRPC', 'HTTP+JSON', 'GRPC'] as const) {
        t.test(`A2A ${version} over ${transport}`, async t => {
          const connect = async (): Promise<RemoteAgent> => {
            const agent = await discover(url, { transports: [transport], versions: [version], ...quick })
            t.teardown(() => agent.close())
            return agent
          }
          await exercise(t, connect, { repeats, deletes: !lacks.includes(`delete ${version} ${transport}`) })
        })
      }
    }
  })
}

async function exercise (t: Test, connect: () => Promise<RemoteAgent>, { repeats, deletes }: { repeats: boolean, deletes: boolean }): Promise<void> {
  const agent = await connect()
  t.equal(agent.card.name, 'Official')

  const sent = await agent.send('count 3')
  t.equal(sent.task?.status.state, 'TASK_STATE_COMPLETED')
  t.equal(sent.text, '0 1 2 ')
  t.equal((await agent.send('reply')).message?.parts[0]?.text, 'Just a message')
  t.equal((await agent.task(sent.task?.id ?? '').get()).id, sent.task?.id)

  const events = await all(agent.stream('count 5'))
  t.strictSame(events.flatMap(event => event.type === 'artifact' ? event.artifact.parts.map(({ text }) => text) : []), ['0 ', '1 ', '2 ', '3 ', '4 '])
  t.match(events.at(-1), { type: 'status', status: { state: 'TASK_STATE_COMPLETED' } })

  const asked = await agent.send('ask')
  t.equal(asked.task?.status.state, 'TASK_STATE_INPUT_REQUIRED')
  t.equal((await agent.task(asked.task?.id ?? '').reply('This')).task?.status.state, 'TASK_STATE_COMPLETED')
  t.equal((await agent.stream('ask', { onInputRequired: ({ text }) => `about ${text}` }).task()).status.state, 'TASK_STATE_COMPLETED')

  await t.rejects(agent.task('no-such-task').get(), { name: 'TaskNotFoundError' })

  t.test('a second reader joins, and sees the rest', async t => {
    let second: Promise<AgentEvent[]> | undefined
    const stream = agent.stream('count 20')
    for await (const event of stream) {
      if (event.type === 'artifact') second ??= connect().then(async other => await all(other.task(event.taskId).follow()))
    }
    const seen = await second ?? []
    t.match(seen.at(-1), seen.length === 1 ? { type: 'task' } : { type: 'status', status: { state: 'TASK_STATE_COMPLETED' } })
    const texts = seen.flatMap(event => event.type === 'task' ? event.task.artifacts ?? [] : event.type === 'artifact' ? event.artifact : []).flatMap(({ parts }) => parts).map(({ text = '' }) => text)
    const numbers = texts.join('').trim().split(' ').map(Number)
    t.strictSame(repeats ? [...new Set(numbers)] : numbers, Array.from({ length: 20 }, (_, i) => i))
  })

  t.test('cancel', async t => {
    const stream = agent.stream('stay')
    let canceled
    for await (const event of stream) {
      if (event.type === 'status' && event.status.state === 'TASK_STATE_WORKING') canceled = agent.task(event.taskId).cancel()
    }
    t.equal((await canceled)?.status.state, 'TASK_STATE_CANCELED')
  })

  t.test('push configurations', async t => {
    const { push } = agent.task(asked.task?.id ?? '')
    t.match(await push.create({ id: 'hook', url: 'https://example.com/hook' }), { url: 'https://example.com/hook' })
    t.match(await push.get('hook'), { id: 'hook', url: 'https://example.com/hook' })
    if (!deletes) return
    t.strictSame((await all(push.list())).map(({ id }) => id), ['hook'])
    await push.delete('hook')
    t.strictSame(await all(push.list()), [])
  })

  t.test('push notifications, to a receiver of ours', async t => {
    const { url, last } = await receiver(t)
    const { task } = await agent.send('count 2', { configuration: { returnImmediately: true, taskPushNotificationConfig: { id: 'hook', url, token: 'secret' } } })
    t.match(await last, { taskId: task?.id })
  })

  t.test('list', { skip: agent.version === '0.3' && '0.3 has none' }, async t => {
    const { contextId } = sent.task ?? {}
    t.strictSame((await all(agent.list({ ...contextId !== undefined && { contextId } }))).map(({ id }) => id), [sent.task?.id])
  })
}

/** @returns where to send notifications, and the one that says that a task is completed */
async function receiver (t: Test): Promise<{ url: string, last: Promise<PushNotification> }> {
  const app = Fastify()
  closeAfter(t, app)
  const last = new Promise<PushNotification>(resolve => {
    app.register(pushReceiver, {
      token: 'secret',
      handler: notification => { if (JSON.stringify(notification.event).includes('TASK_STATE_COMPLETED')) resolve(notification) }
    })
  })
  return { url: `${await listen(app)}/a2a/notifications`, last }
}

async function all<T> (items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
