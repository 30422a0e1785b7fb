import { shardScript, taskScript } from './script.ts'

export const acquire = taskScript(`
local token, holder, ttl = unpack(ARGV, 4, 6)
local generation, owner, before, ends, mail = unpack(redis.call('HMGET', task, 'generation', 'token', 'holder', 'until', 'mail'))
if not generation then return 'missing' end
if owner == token then return 'acquired' end
if ends and tonumber(ends) > now() then return 'leased' end
if owner then unlease(before) end
lease(token, holder, ttl)
redis.call('ZREM', key('orphans', agent), name)
if mail then tell_holder(holder) end
return 'acquired'
`)

export const renew = taskScript(`
local token, ttl = ARGV[4], ARGV[5]
local owner, holder = unpack(redis.call('HMGET', task, 'token', 'holder'))
if owner ~= token then return 0 end
lease(token, holder, ttl)
return 1
`)

export const release = taskScript(`
local token = ARGV[4]
local owner, holder, mail, finished = unpack(redis.call('HMGET', task, 'token', 'holder', 'mail', 'finished'))
if owner ~= token then return 0 end
unlease(holder)
if mail then redis.call('ZADD', key('orphans', agent), mail, name) end
if not finished then redis.call('ZADD', key('open'), whole(now()), name) end
return 1
`)

/** Answers names and since when they wait: whose lease has run out, and who have letters and no holder. */
export const abandoned = shardScript(`
local agent, limit = ARGV[1], ARGV[2]
return {
  redis.call('ZRANGEBYSCORE', key('leased', agent), '-inf', whole(now()), 'WITHSCORES', 'LIMIT', 0, limit),
  redis.call('ZRANGEBYSCORE', key('orphans', agent), '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
}
`)
