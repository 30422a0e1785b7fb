import type { Cluster, Redis } from 'ioredis'

/** What of a server's settings would lose tasks; nothing where it does not tell. */
export async function safetyOf (redis: Redis | Cluster): Promise<string[]> {
  let info: string
  try {
    info = `${await redis.info('memory')}\n${await redis.info('persistence')}`
  } catch {
    return []
  }
  const warnings: string[] = []
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1]
  if (policy !== undefined && policy !== 'noeviction') warnings.push(`Redis may evict tasks: maxmemory-policy is ${policy}, and should be noeviction`)
  if (/^aof_enabled:0/m.test(info)) warnings.push('Redis may lose tasks when it stops: appendonly is no, and should be yes')
  return warnings
}
