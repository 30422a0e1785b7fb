/** The agent under test, in a process of its own: that it dies shows, and its memory is its own. */
import Fastify from 'fastify'
import { exportJWK, generateKeyPair } from 'jose'
import a2a, { memoryStore } from '../../plugins/index.ts'
import type { AgentOptions, TaskContext } from '../../lib/index.ts'

const internal: string[] = []
// What is an internal error says so in the log alone: clients are not told.
const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => { internal.push(line) } } } })

await app.register(memoryStore, { maxTasks: 2_000, taskTtl: 60_000 })
const fuzzed: AgentOptions = {
  card: {
    name: 'Fuzzed',
    description: 'Takes everything',
    skills: [{ id: 'plain' }, { id: 'typed', inputModes: ['application/json', 'text/plain'], inputSchema: { type: 'object', required: ['from'], properties: { from: { type: 'string' } } } }]
  },
  extendedCard: { name: 'Fuzzed, extended', description: 'Takes everything' },
  idempotency: true,
  push: { targets: { allow: ['127.0.0.1'] }, poll: 60_000, retry: { attempts: 1 } },
  preview: { generation: true, longPoll: 50 },
  replyWindow: 20,
  timeout: 500,
  limits: { bodySize: 256 * 1024, turns: 100_000, turnsPerClient: 100_000, streams: 100_000 },
  executor: serve
}

const { publicKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = { ...await exportJWK(publicKey), alg: 'ES256', kid: 'x' }

await app.register(a2a, { ...fuzzed, allowAnonymous: true, grpc: { port: 0 } })
await app.register(a2a, {
  ...fuzzed,
  prefix: '/secure',
  grpc: { port: 0 },
  security: {
    schemes: {
      header: { type: 'apiKey', keys: [{ key: 'good', id: 'ada' }] },
      cookie: { type: 'apiKey', in: 'cookie', name: 'key', keys: [{ key: 'good', id: 'ada' }] },
      query: { type: 'apiKey', in: 'query', name: 'key', keys: [{ key: 'good', id: 'ada' }] },
      basic: { type: 'basic', users: [{ username: 'ada', password: 'good' }] },
      did: { type: 'did', audience: 'fuzz', methods: ['key'] },
      jwt: { type: 'jwt', issuer: 'https://id.example.com', audience: 'fuzz', keys: [jwk] }
    }
  },
  rateLimit: { max: 1e9, operations: { SendMessage: { max: 1e9 } }, failures: { max: 1e9 } },
  network: { deny: { addresses: ['203.0.113.0/24'], principals: ['eve'] } },
  audit: { stream: { write: () => {} }, chain: true, content: true }
})

async function serve (task: TaskContext): Promise<void> {
  const { text } = task
  switch (text.length % 6) {
    case 0: await task.requireInput('What else?'); break
    case 1: await task.reply('Done'); break
    case 2: await task.working('Working'); await task.artifact({ parts: [{ text }, { data: task.data ?? null }] }); break
    case 3: await task.artifact({ text: 'chunk' }); await task.requireAuth('Sign in'); break
    case 4: await task.fail('It failed'); break
    default: await task.complete(text.slice(0, 1000))
  }
}

process.on('message', () => {
  Reflect.get(globalThis, 'gc')?.()
  process.send?.({ heap: process.memoryUsage().heapUsed, internal: internal.splice(0) })
})
// Whoever has started it is gone.
process.on('disconnect', () => process.exit())

const url = await app.listen({ port: 0, host: '127.0.0.1' })
const [open, secure] = await Promise.all(app.a2a.agents.map(async agent => {
  const { supportedInterfaces } = await agent.card(url)
  return `http://${supportedInterfaces.find(({ protocolBinding }) => protocolBinding === 'GRPC')?.url ?? ''}`
}))
process.send?.({ url, grpc: { open, secure } })
