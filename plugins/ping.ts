import type { FastifyPluginAsync } from 'fastify'
import type { Directory } from '../lib/agent/directory.ts'

/** `GET /ping`, by which AgentCore Runtime learns whether it may end a session: not while turns run. */
export const pingRoute: FastifyPluginAsync<{ agents: Directory }> = async (fastify, { agents }) => {
  let status = 'Healthy'
  let since = now()

  fastify.get('/ping', { logLevel: 'warn' }, async () => {
    const isBusy = agents.agents().some(({ tasks }) => tasks.size > 0)
    const current = isBusy ? 'HealthyBusy' : 'Healthy'
    if (current !== status) since = now()
    status = current
    return { status, time_of_last_update: since }
  })
}

/** In seconds since the epoch. */
function now (): number {
  return Math.floor(Date.now() / 1000)
}
