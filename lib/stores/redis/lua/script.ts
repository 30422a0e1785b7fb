import { createHash } from 'node:crypto'

/** A script in Lua, which Redis runs as a whole and alone. */
export type Script = { readonly lua: string, readonly sha: string }

/** A script on a shard: its first key is the shard's tag, which all other keys begin with. */
export function shardScript (lua: string): Script {
  return script(shard + lua)
}

/** A script on a task: its first arguments are the scope, the id and the agent. */
export function taskScript (lua: string): Script {
  return script(shard + task + lua)
}

function script (lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

const shard = `
local tag = KEYS[1]

local function key(kind, rest)
  return tag .. ':' .. kind .. ':' .. (rest or '')
end

-- in ms since the epoch
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function whole(number)
  return string.format('%.0f', number)
end

local function next_order()
  return redis.call('INCR', key('order'))
end

-- who has tasks in a context, and how many: the scopes of one agent and tenant
local function owners(scope, context)
  local names = cjson.decode(scope)
  return key('owners', cjson.encode({ names[1], names[2] }) .. context)
end
`

const task = `
local scope, id, agent = ARGV[1], ARGV[2], ARGV[3]
local name = scope .. ',' .. id
local task, log, letters, pushes = key('task', name), key('log', name), key('letters', name), key('pushes', name)

-- the lists that a task stands in, one for each choice of filters
local function lists(state, context)
  return { key('all', scope), key('state', scope .. state), key('context', scope .. context), key('both', scope .. state .. context) }
end

local function enlist(state, context, place)
  for _, list in ipairs(lists(state, context)) do redis.call('ZADD', list, 0, place .. id) end
end

local function delist(state, context, place)
  for _, list in ipairs(lists(state, context)) do redis.call('ZREM', list, place .. id) end
end

-- sorts as the time does, then as the order of writing; no clock can put a task into the future
local function new_place(time)
  return string.format('%015.0f-%016.0f', math.min(tonumber(time), now()), next_order())
end

local function tell_holder(holder)
  redis.call('SADD', key('mail', holder), name)
  redis.call('PUBLISH', key('mail', holder), '')
end

local function lease(token, holder, ttl)
  local ends = whole(now() + ttl)
  redis.call('HSET', task, 'token', token, 'holder', holder, 'until', ends)
  redis.call('ZADD', key('leased', agent), ends, name)
end

local function unlease(holder)
  redis.call('HDEL', task, 'token', 'holder', 'until')
  redis.call('ZREM', key('leased', agent), name)
  if holder then redis.call('SREM', key('mail', holder), name) end
end

local function drop_letters()
  redis.call('DEL', letters)
  redis.call('HDEL', task, 'mail')
  redis.call('ZREM', key('orphans', agent), name)
end

local function finish(holder)
  unlease(holder)
  drop_letters()
  local time = whole(now())
  redis.call('HSET', task, 'finished', time)
  redis.call('ZREM', key('open'), name)
  redis.call('ZADD', key('finished'), time, name)
  redis.call('ZADD', key('logs'), time, name)
end

local function make_due(push)
  redis.call('ZADD', key('due', agent), 'NX', whole(now()), name .. ',' .. push)
end

-- after is the last generation that is not to be delivered
local function add_push(push, config, after)
  local order = next_order()
  redis.call('HSET', key('push', name .. ',' .. push), 'config', config, 'after', after, 'attempts', 0, 'order', order)
  redis.call('ZADD', pushes, order, push)
  redis.call('HSET', task, 'pushes', 1)
end

local function drop_push(push)
  redis.call('DEL', key('push', name .. ',' .. push))
  redis.call('ZREM', pushes, push)
  redis.call('ZREM', key('due', agent), name .. ',' .. push)
end
`
