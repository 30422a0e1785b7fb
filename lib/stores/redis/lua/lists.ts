import { shardScript } from './script.ts'

/**
 * Answers how many tasks match, and a page of them as places and tasks. Members of a list sort by the time of the status,
 * then by the order of writing; a cursor is such a place.
 */
export const list = shardScript(`
local scope, kind, rest, from, cursor, limit = unpack(ARGV)
local members = key(kind, rest)
local total = redis.call('ZLEXCOUNT', members, from, '+')
local page = redis.call('ZREVRANGEBYLEX', members, cursor, from, 'LIMIT', 0, limit)
local found = {}
for i, member in ipairs(page) do
  local name = scope .. ',' .. string.sub(member, 33)
  local fields = redis.call('HMGET', key('task', name), 'generation', 'snapshot', 'meta', 'at')
  local at = tonumber(fields[4] or 0)
  local tail = at < tonumber(fields[1]) and redis.call('XRANGE', key('log', name), whole(at + 1) .. '-0', '+') or {}
  found[i] = { string.sub(member, 1, 32), fields[2], fields[3], tail }
end
return { total, found }
`)

/** Answers how many other owners have tasks in a context. */
export const countOthers = shardScript(`
local scope, context = ARGV[1], ARGV[2]
local all = owners(scope, context)
return redis.call('HLEN', all) - redis.call('HEXISTS', all, scope)
`)
