import { shardScript, taskScript } from './script.ts'

export const put = taskScript(`
local push, config = ARGV[4], ARGV[5]
local generation = redis.call('HGET', task, 'generation')
if not generation then return 0 end
local known = key('push', name .. ',' .. push)
if redis.call('EXISTS', known) == 1 then redis.call('HSET', known, 'config', config) else add_push(push, config, generation) end
return 1
`)

export const get = taskScript(`
return redis.call('HGET', key('push', name .. ',' .. ARGV[4]), 'config')
`)

/** Answers places, ids and configurations after a place. */
export const list = taskScript(`
local after, limit = ARGV[4], ARGV[5]
local found = redis.call('ZRANGEBYSCORE', pushes, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
local page = {}
for i = 1, #found, 2 do
  page[#page + 1] = { found[i + 1], found[i], redis.call('HGET', key('push', name .. ',' .. found[i]), 'config') }
end
return page
`)

export const remove = taskScript(`
drop_push(ARGV[4])
`)

/** Answers since when the first one of an agent is due; nothing when none is. */
export const due = shardScript(`
return redis.call('ZRANGEBYSCORE', key('due', ARGV[1]), '-inf', whole(now()), 'WITHSCORES', 'LIMIT', 0, 1)[2]
`)

/** A claim stands where the configuration is due again when it has lapsed. */
export const claim = shardScript(`
local agent, token, ttl, limit = unpack(ARGV)
local claims = {}
for i, member in ipairs(redis.call('ZRANGEBYSCORE', key('due', agent), '-inf', whole(now()), 'LIMIT', 0, limit)) do
  redis.call('ZADD', key('due', agent), whole(now() + ttl), member)
  redis.call('HSET', key('push', member), 'claim', token)
  claims[i] = { member, unpack(redis.call('HMGET', key('push', member), 'config', 'after', 'attempts', 'failing')) }
end
return claims
`)

export const settle = taskScript(`
local push, token, after, attempts, failing, retry, keep = unpack(ARGV, 4, 10)
local known = key('push', name .. ',' .. push)
local generation = redis.call('HGET', task, 'generation')
if not generation or redis.call('HGET', known, 'claim') ~= token then return 0 end
redis.call('HSET', known, 'after', after, 'attempts', attempts)
redis.call('HDEL', known, 'claim', 'failing')
if failing ~= '' then redis.call('HSET', known, 'failing', failing) end
if tonumber(after) < tonumber(generation) then
  redis.call('ZADD', key('due', agent), retry ~= '' and retry or whole(now()), name .. ',' .. push)
else
  redis.call('ZREM', key('due', agent), name .. ',' .. push)
end
local dead, order = key('dead', agent), key('deadorder', agent)
for i = 11, #ARGV, 2 do
  local place = string.format('%015.0f-%016.0f', now(), next_order())
  if redis.call('HSETNX', dead, ARGV[i], place .. ARGV[i + 1]) == 1 then redis.call('ZADD', order, 0, place .. ARGV[i]) end
end
local excess = redis.call('ZCARD', order) - keep
if excess > 0 then
  for _, member in ipairs(redis.call('ZRANGE', order, 0, excess - 1)) do
    redis.call('HDEL', dead, string.sub(member, 33))
    redis.call('ZREM', order, member)
  end
end
return 1
`)

/** Answers letters, each behind its place of 32 characters, newest first. */
export const listDead = shardScript(`
local agent, cursor, limit = unpack(ARGV)
local page = {}
for i, member in ipairs(redis.call('ZREVRANGEBYLEX', key('deadorder', agent), cursor, '-', 'LIMIT', 0, limit)) do
  page[i] = redis.call('HGET', key('dead', agent), string.sub(member, 33))
end
return page
`)

export const takeDead = shardScript(`
local agent, id = ARGV[1], ARGV[2]
local letter = redis.call('HGET', key('dead', agent), id)
if not letter then return false end
redis.call('HDEL', key('dead', agent), id)
redis.call('ZREM', key('deadorder', agent), string.sub(letter, 1, 32) .. id)
return letter
`)
