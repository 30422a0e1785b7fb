import type { Cluster, Redis } from 'ioredis'
import { MisuseError } from '../../agent/errors.ts'
import type { TaskStore } from '../../task/store.ts'
import { Connection } from './connection.ts'
import { toStoreError } from './errors.ts'
import { Keys } from './keys.ts'
import { safetyOf } from './safety.ts'
import { RedisStore, type RedisStoreOptions } from './store.ts'

/** Which server: one of the two. */
export type RedisTarget = {
  /** `redis://` or, with TLS, `rediss://`. */
  url?: string
  /** A client or cluster of `ioredis` that is there already, as of `@fastify/redis`. It stays open when the store closes. */
  client?: Redis | Cluster
}

export type OpenRedisOptions = RedisStoreOptions & RedisTarget & {
  /** What all keys begin with, inside of braces. Default: `a2a`. */
  prefix?: string
  /**
   * Slots of a cluster that owners are spread over; it can't be changed while there are tasks.
   * Default: 1, and 64 on a cluster.
   */
  shards?: number
  /** How long a command may take, in ms, on a connection that is made here. Default: 10,000. */
  commandTimeout?: number
  /** Told at start of settings of the server under which tasks may be lost. */
  onWarning?: (message: string) => void
}

/**
 * Opens a task store in Redis or Valkey.
 * @throws MisuseError when the options are wrong, or `ioredis` is not installed
 * @throws StoreUnavailableError when the server can't be reached
 */
export async function openRedisStore (options: OpenRedisOptions): Promise<TaskStore> {
  const { url, client, prefix = 'a2a', shards, commandTimeout = 10_000, onWarning, ...rest } = options
  check(options)
  const redis = client ?? await connect(url ?? '', commandTimeout)
  const keys = new Keys(prefix, shards ?? ('slots' in redis ? 64 : 1))
  const connection = new Connection(redis, client === undefined)
  try {
    await agreeOnShards(redis, keys)
    for (const warning of await safetyOf(redis)) onWarning?.(warning)
  } catch (error) {
    connection.close()
    throw toStoreError(error)
  }
  return new RedisStore(connection, keys, rest)
}

function check ({ url, client, prefix = 'a2a', shards = 1 }: OpenRedisOptions): void {
  if ([url, client].filter(target => target !== undefined).length !== 1) throw wrong('exactly one of url and client must be given')
  // Scripts name their keys themselves, and channels have no prefix.
  if (client?.options.keyPrefix) throw wrong('the client must have no keyPrefix: use the option prefix')
  if (!/^[\w:.-]{1,100}$/.test(prefix)) throw wrong('prefix must be of at most 100 letters, digits and _ : . -')
  if (!Number.isInteger(shards) || shards < 1 || shards > 16_384) throw wrong('shards must be a number from 1 to 16384')
}

async function connect (url: string, commandTimeout: number): Promise<Redis> {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) throw wrong('url must begin with redis:// or rediss://')
  const { Redis } = await installed(() => import('ioredis'))
  const redis = new Redis(url, {
    lazyConnect: true,
    // While the server is away, calls fail at once: the engine, and clients, know how to try again.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: attempt => Math.min(50 * attempt, 500),
    connectTimeout: 10_000,
    commandTimeout,
    keepAlive: 10_000
  })
  let cause: unknown
  redis.on('error', error => { cause = error })
  try {
    await redis.connect()
    redis.removeAllListeners('error')
    return redis
  } catch (error) {
    redis.disconnect()
    throw toStoreError(cause ?? error)
  }
}

/** Tasks would not be found any more if one server looked for them elsewhere than another has put them. */
async function agreeOnShards (redis: Redis | Cluster, keys: Keys): Promise<void> {
  await redis.setnx(keys.shards, keys.tags.length)
  const agreed = Number(await redis.get(keys.shards))
  if (agreed !== keys.tags.length) throw wrong(`shards must be ${agreed}, with which the tasks under this prefix were written`)
}

async function installed<T> (load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new MisuseError('A2A_ERR_OPTIONS', 'redisStore needs the package ioredis: npm install ioredis', { cause })
  }
}

function wrong (what: string): MisuseError {
  return new MisuseError('A2A_ERR_OPTIONS', `redisStore options: ${what}`)
}
