-- Ends a job whose claim is still held, or lets it wait again when what was made is older than what is wanted.
-- KEYS: job, live, ended, bell
-- ARGV: id, token, attempt, stamp, how it failed as JSON (empty: it is done), prefix of lists, most requeues,
--       life of the failure in milliseconds
-- Answers 'released', 'requeued' or 'lost'
local held = redis.call('HMGET', KEYS[1], 'token', 'state', 'attempt', 'want', 'requeues', 'priority')
if held[1] ~= ARGV[2] or held[2] ~= 'running' or held[3] ~= ARGV[3] then return 'lost' end
if tonumber(ARGV[4]) < tonumber(held[4]) and tonumber(held[5]) < tonumber(ARGV[7]) then
  redis.call('HSET', KEYS[1], 'state', 'waiting')
  redis.call('HINCRBY', KEYS[1], 'requeues', 1)
  redis.call('HDEL', KEYS[1], 'worker')
  redis.call('LPUSH', ARGV[6] .. held[6], ARGV[1])
  if redis.call('LLEN', KEYS[4]) < 64 then redis.call('LPUSH', KEYS[4], 1) end
  return 'requeued'
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5], 'PX', ARGV[8]) end
return 'released'
