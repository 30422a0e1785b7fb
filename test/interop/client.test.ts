/** This project's client and the official JavaScript servers, in each version and binding that they have. */
import t from 'tap'
import { discover, type AgentEvent, type RemoteAgent } from '../../lib/client/index.ts'
import { serveJs03 } from './servers/js-0.3.ts'
import { serveJs1 } from './servers/js-1.ts'

async function all<T> (items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const quick = { poll: { minDelay: 20 }, reconnect: { minDelay: 10 } }

for (const { name, serve, version } of [
  { name: '@a2a-js/sdk 1.x', serve: serveJs1, version: '1.0' },
  { name: '@a2a-js/sdk 1.x', serve: serveJs1, version: '0.3' },
  { name: '@a2a-js/sdk 0.3.x', serve: serveJs03, version: '0.3' }
] as const) {
  for (const transport of ['JSONRPC', 'HTTP+JSON'] as const) {
    t.test(`${name}, A2A ${version} over ${transport}`, async t => {
      const url = await serve(t)
      const connect = async (): Promise<RemoteAgent> => await discover(url, { transports: [transport], versions: [version], ...quick })
      const agent = await connect()
      t.strictSame([agent.card.name, agent.version, agent.transport], ['Official', version, transport])

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
        const texts = seen.flatMap(event => event.type === 'task' ? event.task.artifacts ?? [] : event.type === 'artifact' ? event.artifact : []).flatMap(({ parts }) => parts).map(({ text }) => text)
        t.equal(texts.join(''), Array.from({ length: 20 }, (_, i) => `${i} `).join(''))
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
        t.strictSame((await all(push.list())).map(({ id }) => id), ['hook'])
        await push.delete('hook')
        t.strictSame(await all(push.list()), [])
      })

      if (version === '0.3') return
      t.test('list', async t => {
        const { contextId } = sent.task ?? {}
        t.strictSame((await all(agent.list({ ...contextId !== undefined && { contextId } }))).map(({ id }) => id), [sent.task?.id])
      })
    })
  }
}
