import { shardScript, taskScript } from './script.ts'

export const post = taskScript(`
local letter, body = ARGV[4], ARGV[5]
local generation, finished, holder, mail = unpack(redis.call('HMGET', task, 'generation', 'finished', 'holder', 'mail'))
if not generation then return 'missing' end
if finished then return 'finished' end
redis.call('HSETNX', letters, letter, string.format('%016.0f', next_order()) .. body)
local since = mail or whole(now())
if not mail then redis.call('HSET', task, 'mail', since) end
if holder then tell_holder(holder) else redis.call('ZADD', key('orphans', agent), 'NX', since, name) end
return 'posted'
`)

/** Answers ids and bodies; a body begins with its place in 16 digits. */
export const letters = taskScript(`
return redis.call('HGETALL', letters)
`)

/** Answers the names of tasks of a holder that have letters. */
export const mail = shardScript(`
return redis.call('SMEMBERS', key('mail', ARGV[1]))
`)
