import { shardScript, taskScript } from './script.ts'

/*
 * A task is a hash, and its log is a stream whose ids are generations: an entry holds the events of one append as a JSON
 * array, under the number of the last of them. So an append costs the same however long the log is, and a read from any
 * generation finds its place by index.
 *
 * Whatever is sent twice because an answer was lost is done once: `write` names the append that was made last.
 */

/** Answers the generation, or nothing when there is such a task already. */
export const create = taskScript(`
local token, holder, ttl, count, events, state, context, time, finished, snapshot, meta = unpack(ARGV, 4, 14)
if redis.call('EXISTS', task) == 1 then
  return redis.call('HGET', task, 'write') == token and tonumber(count)
end
local place = new_place(time)
redis.call('HSET', task, 'generation', count, 'write', token, 'state', state, 'context', context, 'place', place)
if snapshot ~= '' then redis.call('HSET', task, 'snapshot', snapshot, 'meta', meta, 'at', count) end
redis.call('XADD', log, count .. '-0', 'e', events)
enlist(state, context, place)
redis.call('HINCRBY', owners(scope, context), scope, 1)
for i = 15, #ARGV, 2 do
  add_push(ARGV[i], ARGV[i + 1], 0)
  make_due(ARGV[i])
end
if finished == '1' then
  finish()
else
  lease(token, holder, ttl)
  redis.call('ZADD', key('open'), whole(now()), name)
end
return tonumber(count)
`)

/** Answers the new generation, or why there is none. */
export const append = taskScript(`
local expected, token, write, count, events, state, time, finished, snapshot, meta, told = unpack(ARGV, 4, 14)
local at, over, owner, last, holder, pushed = unpack(redis.call('HMGET', task, 'generation', 'finished', 'token', 'write', 'holder', 'pushes'))
if not at then return 'missing' end
if last == write then return at end
if over then return 'finished' end
if owner ~= token then return 'leased' end
if at ~= expected then return 'moved' end
if #ARGV > 14 then
  redis.call('HDEL', letters, unpack(ARGV, 15))
  if redis.call('EXISTS', letters) == 0 then
    drop_letters()
    redis.call('SREM', key('mail', holder), name)
  end
end
if count == '0' then return at end
local generation = whole(expected + count)
redis.call('HSET', task, 'generation', generation, 'write', write)
redis.call('XADD', log, generation .. '-0', 'e', events)
if state ~= '' then
  local before, context, place = unpack(redis.call('HMGET', task, 'state', 'context', 'place'))
  delist(before, context, place)
  place = new_place(time)
  enlist(state, context, place)
  redis.call('HSET', task, 'state', state, 'place', place)
end
if snapshot ~= '' then redis.call('HSET', task, 'snapshot', snapshot, 'meta', meta, 'at', generation) end
if pushed then
  for _, push in ipairs(redis.call('ZRANGE', pushes, 0, -1)) do make_due(push) end
end
if finished == '1' then finish(holder) end
redis.call('PUBLISH', key('log', name), generation .. ' ' .. (told == '1' and events or ''))
return generation
`)

/** Answers a task and the events that its snapshot does not have yet. */
export const find = taskScript(`
local fields = redis.call('HMGET', task, 'generation', 'snapshot', 'meta', 'at')
if not fields[1] then return false end
local at = tonumber(fields[4] or 0)
local tail = at < tonumber(fields[1]) and redis.call('XRANGE', log, whole(at + 1) .. '-0', '+') or {}
return { fields[2], fields[3], tail }
`)

/** Answers where a log stands, and what it has after a generation. */
export const readLog = taskScript(`
local after, limit = ARGV[4], ARGV[5]
local generation, finished, dropped = unpack(redis.call('HMGET', task, 'generation', 'finished', 'dropped'))
if not generation then return false end
local entries = not dropped and tonumber(after) < tonumber(generation) and redis.call('XRANGE', log, whole(after + 1) .. '-0', '+', 'COUNT', limit) or {}
return { generation, finished, dropped, entries }
`)

/** Answers the generations of tasks; nothing for those that have gone. */
export const look = shardScript(`
local found = {}
for i, name in ipairs(ARGV) do found[i] = redis.call('HGET', key('task', name), 'generation') end
return found
`)
