/** A server in a process of its own, which can be killed: one of several on the same store. Started by `startReplica`. */
import Fastify from 'fastify'
import type { TaskContext } from '../../lib/agent/executor.ts'
import a2a from '../../plugins/a2a.ts'
import { stopped } from './host.ts'
import { openStore } from './replicas.ts'

/** `count 20` counts, and goes on where an earlier attempt has stopped; `stay` works until it is told to stop; `ask` asks. */
async function work (task: TaskContext): Promise<void> {
  const [verb, limit] = task.text.split(' ')
  if (verb === 'ask') return await task.requireInput('What else?')
  if (verb === 'stay') {
    await task.working(`attempt ${task.attempt}`)
    return await stopped(task.signal)
  }
  const counted = task.task?.artifacts?.[0]?.parts[0]?.text?.trim().split(' ').length ?? 0
  for (let i = counted + 1; i <= Number(limit); i++) {
    await task.artifact({ artifactId: 'numbers', text: `${i} `, append: true })
    await new Promise(resolve => setTimeout(resolve, 25))
    if (task.signal.aborted) return
  }
}

const [store, onCrash] = process.argv.slice(2)
const app = Fastify()
app.decorate('a2aStore', await openStore(store ?? ''))
app.addHook('onClose', async () => await app.a2aStore.close())
await app.register(a2a, {
  card: { name: 'Replica', description: 'Does what its message says' },
  executor: work,
  allowAnonymous: true,
  onCrash: onCrash === 'retry' ? 'retry' : 'fail',
  leaseTtl: 1500,
  shutdownGrace: 100,
  cancelGrace: 200
})
process.once('SIGTERM', () => { void app.close().then(() => process.exit()) })
process.send?.(await app.listen({ port: 0, host: '127.0.0.1' }))
