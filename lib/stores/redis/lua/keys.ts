import { shardScript } from './script.ts'

/** Answers the record that is there already, and its reply. What is sent twice is told apart by its mark. */
export const remember = shardScript(`
local known, record, reply, ttl, mark = key('key', ARGV[1]), unpack(ARGV, 2, 5)
local before = redis.call('HMGET', known, 'record', 'reply', 'mark')
if before[1] then return before[3] ~= mark and { before[1], before[2] } end
redis.call('HSET', known, 'record', record, 'mark', mark)
if reply ~= '' then redis.call('HSET', known, 'reply', reply) end
redis.call('PEXPIRE', known, ttl)
return false
`)

export const rememberReply = shardScript(`
local known = key('key', ARGV[1])
if redis.call('EXISTS', known) == 1 then redis.call('HSET', known, 'reply', ARGV[2]) end
`)

export const forget = shardScript(`
redis.call('DEL', key('key', ARGV[1]))
`)
