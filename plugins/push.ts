import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import type { Settings } from '../lib/agent/settings.ts'
import type { Push } from '../lib/push/push.ts'
import type { Signer } from '../lib/push/signing.ts'
import type { TaskStore } from '../lib/task/store.ts'

/** Undefined where nothing is pushed: then nothing of it is loaded. @throws MisuseError when a key is missing or wrong */
export async function startPush ({ push }: Settings, store: TaskStore, log: FastifyBaseLogger): Promise<Push | undefined> {
  if (push === undefined) return undefined
  const { openPush } = await import('../lib/push/push.ts')
  return await openPush(push, { store, log })
}

/** In seconds. Keys are published before they sign, and after they have, for longer than that. */
const maxAge = 300

/** The public keys of an agent that signs what it pushes (RFC 7517 §8.5.1). */
export const jwksRoute: FastifyPluginAsync<{ signer: Signer, path: string }> = async (fastify, { signer, path }) => {
  fastify.get(path, async (_request, reply) => {
    const body = JSON.stringify(await signer.jwks())
    return reply.header('cache-control', `public, max-age=${maxAge}`).type('application/jwk-set+json').send(body)
  })
}
