/** Push notifications of the agents of one place, put together. */
import { randomBytes } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { MisuseError } from '../agent/errors.ts'
import type { Logger } from '../agent/executor.ts'
import { createGuardedClient } from '../http/client.ts'
import { createGuard, type Guard } from '../http/guard.ts'
import type { Scope, TaskStore } from '../task/store.ts'
import { createDeadLetterBox, type DeadLetterBox } from './dead-letters.ts'
import { createCourier } from './delivery.ts'
import { Dispatcher } from './dispatcher.ts'
import { Hosts } from './hosts.ts'
import type { PushSettings } from './options.ts'
import type { KeyRing } from '../security/keys/ring.ts'
import { createSealer, type Sealer } from './sealing.ts'
import { createSigner, type Signer } from './signing.ts'

export type Push = {
  readonly settings: PushSettings
  readonly guard: Guard
  readonly sealer: Sealer
  readonly signer: Signer | undefined
  /** Delivers for this agent, too. */
  serve (agent: string): void
  /** The task has a configuration that was made here: its events are delivered as soon as they are stored. */
  watch (scope: Scope, taskId: string): void
  /** Events of a task were stored by this process. */
  appended (scope: Scope, taskId: string): void
  deadLetters (agent: string): DeadLetterBox
  /** @param grace for what is under way, in ms */
  close (grace: number): Promise<void>
}

export type PushEnvironment = {
  store: TaskStore
  log: Logger
  /** Default: that of the system. */
  lookup?: LookupFunction
  /** The agent's own keys, for where `sign` names none. */
  ring?: KeyRing | undefined
}

/** Tasks whose events are hinted at; of others, they are found a moment later. */
const maxWatched = 100_000
/** Bytes of a receiver's answer that are read: nothing in it matters but its status. */
const answerSize = 16_384

/** @throws MisuseError when a key is missing or wrong */
export async function openPush (settings: PushSettings, { store, log, lookup, ring }: PushEnvironment): Promise<Push> {
  const { targets, timeout, concurrency, circuit } = settings
  const sealer = createSealer(settings.keys.length > 0 ? settings.keys : [ownKey(store)])
  const signer = settings.sign && await createSigner(settings.sign, { shared: ring })
  const guard = createGuard({ ...targets, ...lookup !== undefined && { lookup } })
  const client = createGuardedClient(guard, { connections: concurrency, timeout, maxSize: answerSize })
  const courier = createCourier(client, signer)
  const dispatcher = new Dispatcher({ store, settings, sealer, courier, hosts: new Hosts({ concurrency, circuit }), log })
  const watched = new Set<string>()
  return {
    settings,
    guard,
    sealer,
    signer,
    serve: agent => dispatcher.serve(agent),
    watch: ({ agent }, taskId) => {
      watched.delete(taskId)
      watched.add(taskId)
      const [oldest] = watched
      if (watched.size > maxWatched && oldest !== undefined) watched.delete(oldest)
      dispatcher.serve(agent)
    },
    appended: ({ agent }, taskId) => { if (watched.has(taskId)) dispatcher.hint(agent, taskId) },
    deadLetters: agent => createDeadLetterBox(agent, store, sealer, courier),
    close: async grace => {
      await dispatcher.close(grace)
      await client.close()
    }
  }
}

/** One for each store: agents that share it may have each other's deliveries in hand. */
const ownKeys = new WeakMap<TaskStore, Uint8Array>()

/** What is sealed with a key of this process can't be opened by another one: good for a store that ends with it. */
function ownKey (store: TaskStore): Uint8Array {
  if (store.isVolatile === true) {
    const key = ownKeys.get(store) ?? randomBytes(32)
    ownKeys.set(store, key)
    return key
  }
  throw new MisuseError('A2A_ERR_OPTIONS', 'a2a options: push.key is missing: it seals what clients confide to the agent, and this store outlives the process; make one with `openssl rand -base64 32`')
}
