/** The agent under test, in a process of its own: that it dies shows, and its memory is its own. */
import Fastify from 'fastify'
import a2a, { memoryStore } from '../../plugins/index.ts'
import type { TaskContext } from '../../lib/index.ts'

const app = Fastify()
const internal: unknown[] = []

// What an internal error was must be seen: clients are not told.
app.addHook('onError', async (_request, _reply, error) => { if ((error.statusCode ?? 500) >= 500) internal.push(error) })

await app.register(memoryStore, { maxTasks: 2_000, taskTtl: 60_000 })
await app.register(a2a, {
  card: {
    name: 'Fuzzed',
    description: 'Takes everything',
    skills: [{ id: 'plain' }, { id: 'typed', inputModes: ['application/json', 'text/plain'], inputSchema: { type: 'object', required: ['from'], properties: { from: { type: 'string' } } } }]
  },
  extendedCard: { name: 'Fuzzed, extended', description: 'Takes everything' },
  allowAnonymous: true,
  idempotency: true,
  push: { targets: { allow: ['127.0.0.1'] }, poll: 60_000, retry: { attempts: 1 } },
  preview: { generation: true, longPoll: 50 },
  replyWindow: 20,
  timeout: 500,
  limits: { bodySize: 256 * 1024, turns: 100_000, turnsPerClient: 100_000, streams: 100_000 },
  executor: serve
})

async function serve (task: TaskContext): Promise<void> {
  const { text } = task
  switch (text.length % 6) {
    case 0: await task.requireInput('What else?'); break
    case 1: await task.reply('Done'); break
    case 2: await task.working('Working'); await task.artifact({ text, data: task.data ?? null }); break
    case 3: await task.artifact({ text: 'chunk' }); await task.requireAuth('Sign in'); break
    case 4: await task.fail('It failed'); break
    default: await task.complete(text.slice(0, 1000))
  }
}

process.on('message', () => {
  Reflect.get(globalThis, 'gc')?.()
  process.send?.({ heap: process.memoryUsage().heapUsed, internal: internal.splice(0).map(error => error instanceof Error ? error.stack : String(error)) })
})
// Whoever has started it is gone.
process.on('disconnect', () => process.exit())

process.send?.({ url: await app.listen({ port: 0, host: '127.0.0.1' }) })
