import type { FastifyBaseLogger } from 'fastify'
import type { Settings } from '../lib/agent/settings.ts'
import type { Push } from '../lib/push/push.ts'
import type { KeyRing } from '../lib/security/keys/ring.ts'
import type { TaskStore } from '../lib/task/store.ts'

/** Undefined where nothing is pushed: then nothing of it is loaded. @throws MisuseError when a key is missing or wrong */
export async function startPush ({ push }: Settings, store: TaskStore, log: FastifyBaseLogger, ring?: KeyRing): Promise<Push | undefined> {
  if (push === undefined) return undefined
  const { openPush } = await import('../lib/push/push.ts')
  return await openPush(push, { store, log, ring })
}
