-- Ends a job whose claim is still held, or lets it wait again when what was made is older than what is wanted.
-- Works when Redis is full.
-- ARGV: prefix, id, token, attempt, stamp, how it failed as JSON (empty: it is done), most requeues,
--       life of the failure in milliseconds
-- Answers 'released', 'requeued' or 'lost'
local id, now = ARGV[2], clock()
local held = redis.call('HMGET', job_of(id), 'token', 'attempt', 'state', 'want', 'requeues')
if held[1] ~= ARGV[3] or held[2] ~= ARGV[4] or held[3] ~= 'running' then return 'lost' end
redis.call('HDEL', CLAIMS, id)
if tonumber(ARGV[5]) < tonumber(held[4]) and tonumber(held[5]) < tonumber(ARGV[7]) then
  redis.call('HINCRBY', job_of(id), 'requeues', 1)
  wait(id, now, 'RPUSH')
  return 'requeued'
end
account(now)
count(math.floor(now / 1000), 'e', 1)
release(id, now)
if ARGV[6] ~= '' then redis.call('SET', P .. 'ended:' .. ARGV[3], ARGV[6], 'PX', ARGV[8]) end
return 'released'
