/** Agents over real sockets, and what tests of tools need of them. */
import type { Test } from 'tap'
import type { CardOptions } from '../../lib/agent/options.ts'
import type { TaskContext } from '../../lib/agent/executor.ts'
import { discover, type ClientOptions, type RemoteAgent } from '../../lib/client/index.ts'
import { host, listen, stopped, type HostOptions } from '../helpers/host.ts'

/** No second attempts: tests of what goes wrong are over soon. */
export const quick = { retry: { retries: 0 }, reconnect: { attempts: 0 } }

export const inputSchema = {
  type: 'object',
  properties: { from: { type: 'string', description: 'IATA code' }, to: { $ref: '#/$defs/place' } },
  required: ['from', 'to'],
  $defs: { place: { type: 'string' } }
}

export const travelCard: CardOptions = {
  name: 'Flight agent',
  description: 'Searches and books flights',
  skills: [
    { id: 'flight-search', name: 'Flight search', description: 'Offers by route', tags: ['travel'], inputSchema },
    { id: 'small-talk', name: 'Small talk', description: 'Talks about travelling', tags: ['talk'], examples: ['How is Rome?'] }
  ]
}

/**
 * Searches, and does what its message says.
 * @param heard when the client knows that it searches: progress that comes together with the result may be dropped
 */
export async function travel (task: TaskContext, heard?: Promise<void>): Promise<void> {
  if (task.skillId === 'flight-search') return await search(task, heard)
  switch (task.text) {
    case 'ask': return await task.requireInput('Who flies?')
    case 'sign in': return await task.requireAuth('Sign in at example.com')
    case 'fail': return await task.fail('No seats')
    case 'throw': throw new Error('secret')
    case 'reject': return await task.reject('Not my trade')
    case 'reply': return await task.reply('Just a message')
    case 'stay': {
      await task.working('Staying')
      return await stopped(task.signal)
    }
    case 'write': {
      await task.working('Writing')
      const artifact = task.artifactStream({ name: 'letter' })
      for (const word of ['Dear ', 'Ada, ', 'hello']) await artifact.write(word)
      return await artifact.end()
    }
    case 'files': {
      await task.artifact({ name: 'chart', raw: Buffer.from('PNG!'), mediaType: 'image/png', filename: 'chart.png' })
      return await task.artifact({ name: 'report', url: 'https://files.example/report.pdf', mediaType: 'application/pdf' })
    }
    default: return await task.artifact({ text: `Done: ${task.text}` })
  }
}

async function search (task: TaskContext, heard?: Promise<void>): Promise<void> {
  const query = task.task === undefined ? task.data : task.text
  if (task.task === undefined && JSON.stringify(task.data).includes('???')) return await task.requireInput('Where to?')
  await task.working('Searching 400 airlines')
  await heard
  await task.artifact({ name: 'offers', parts: [{ text: 'One offer' }, { data: { query, offers: [{ flight: 'LH1', price: 99 }] } }] })
}

export async function serve (t: Test, options: HostOptions = {}): Promise<string> {
  return await listen(await host(t, { server: { forceCloseConnections: true }, card: travelCard, executor: travel, ...options }))
}

export async function connect (t: Test, options: HostOptions = {}, client: ClientOptions = quick): Promise<RemoteAgent> {
  return await discover(await serve(t, options), client)
}
