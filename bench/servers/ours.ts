/**
 * (a) This plugin. The text of a message says what to do: `answer`, `stream <chunks>` or `wait`.
 * BENCH_GRPC serves gRPC, too, and tells its port. BENCH_SECURITY is JSON: the option `security` of more agents, by their prefixes. BENCH_STORE is where tasks are kept: the URL of a database, or `pglite` and a folder or `memory://`.
 */
import Fastify from 'fastify'
import a2a, { memoryStore, type AgentOptions, type TaskContext } from '../../plugins/index.ts'
import postgresStore from '../../plugins/postgres-store.ts'
import redisStore from '../../plugins/redis-store.ts'
import { portOf, serve } from './control.ts'

const app = Fastify()
/** Whether the load comes over gRPC. */
const isGrpc = process.env.BENCH_GRPC !== undefined
const maxTasks = Number(process.env.BENCH_MAX_TASKS ?? 0)
if (maxTasks > 0) await app.register(memoryStore, { maxTasks })
const [, kind, where] = /^(\w+):(.*)$/.exec(process.env.BENCH_STORE ?? '') ?? []
if (kind === 'redis') await app.register(redisStore, { url: `${kind}:${where}` })
if (kind === 'postgres') await app.register(postgresStore, { connectionString: `${kind}:${where}` })
if (kind === 'pglite') await app.register(postgresStore, { pglite: where ?? '' })
const agent: AgentOptions = { card: { name: 'Bench', description: 'Answers at once' }, limits: { streams: 100_000 }, executor }
await app.register(a2a, { ...agent, allowAnonymous: true, ...isGrpc && { grpc: { port: 0 } } })
for (const [prefix, security] of Object.entries<AgentOptions['security']>(JSON.parse(process.env.BENCH_SECURITY ?? '{}'))) {
  await app.register(a2a, { ...agent, prefix, security })
}
const url = await app.listen({ port: 0, host: '127.0.0.1' })
serve(isGrpc ? await grpcPort() : portOf(app.server))

/** As the card says. */
async function grpcPort (): Promise<number> {
  const card = await app.a2a.agents[0]?.card(url)
  const address = card?.supportedInterfaces.find(({ protocolBinding }) => protocolBinding === 'GRPC')?.url
  return Number(address?.split(':')[1])
}

async function executor (task: TaskContext) {
  const [verb, count] = task.text.split(' ')
  if (verb === 'wait') await task.requireInput('What next?')
  else if (verb === 'stream') await stream(task, Number(count))
  else await task.artifact({ name: 'answer', text: 'The answer to your question is 42' })
}

async function stream (task: TaskContext, chunks: number): Promise<void> {
  const answer = task.artifactStream({ name: 'answer' })
  for (let i = 1; i < chunks; i++) await answer.write('token ')
  await answer.end('token ')
}
