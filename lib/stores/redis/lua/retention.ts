import { shardScript, taskScript } from './script.ts'

/** Answers names that have stood in an index (`finished`, `open` or `logs`) for too long. */
export const past = shardScript(`
local index, ttl, limit = unpack(ARGV)
return redis.call('ZRANGEBYSCORE', key(index), '-inf', whole(now() - ttl), 'LIMIT', 0, limit)
`)

/** Takes a task away, unless somebody works on it: then its time begins anew. */
export const drop = taskScript(`
local index, ttl = ARGV[4], ARGV[5]
local since = redis.call('ZSCORE', key(index), name)
if not since or tonumber(since) > now() - ttl then return 0 end
local state, context, place, holder, ends = unpack(redis.call('HMGET', task, 'state', 'context', 'place', 'holder', 'until'))
if ends and tonumber(ends) > now() then
  redis.call('ZADD', key(index), whole(now()), name)
  return 0
end
delist(state, context, place)
if redis.call('HINCRBY', owners(scope, context), scope, -1) < 1 then redis.call('HDEL', owners(scope, context), scope) end
unlease(holder)
drop_letters()
for _, push in ipairs(redis.call('ZRANGE', pushes, 0, -1)) do drop_push(push) end
for _, other in ipairs({ 'open', 'finished', 'logs' }) do redis.call('ZREM', key(other), name) end
redis.call('DEL', task, log, pushes)
return 1
`)

/** Drops the log of a finished task, unless some of it is still to be delivered. */
export const dropLog = taskScript(`
local ttl = ARGV[4]
local since = redis.call('ZSCORE', key('logs'), name)
if not since or tonumber(since) > now() - ttl then return 0 end
for _, push in ipairs(redis.call('ZRANGE', pushes, 0, -1)) do
  if redis.call('ZSCORE', key('due', agent), name .. ',' .. push) then
    redis.call('ZADD', key('logs'), whole(now()), name)
    return 0
  end
end
redis.call('DEL', log)
redis.call('HSET', task, 'dropped', 1)
redis.call('ZREM', key('logs'), name)
return 1
`)
