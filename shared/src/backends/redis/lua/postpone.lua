-- Lets a job whose claim is still held wait for a later try. Works when Redis is full.
-- ARGV: prefix, id, token, attempt, delay in milliseconds
-- Answers 1, or 0 when the claim is not held
local id, now = ARGV[2], clock()
local held = redis.call('HMGET', job_of(id), 'token', 'attempt', 'state', 'rank')
if held[1] ~= ARGV[3] or held[2] ~= ARGV[4] or held[3] ~= 'running' then return 0 end
redis.call('HDEL', CLAIMS, id)
if held[4] == '0' then
  -- Somebody waits for it by now.
  wait(id, now, 'LPUSH')
else
  redis.call('HSET', job_of(id), 'state', 'delayed', 'since', text(now))
  redis.call('HDEL', job_of(id), 'worker')
  redis.call('ZADD', DELAYED, text(now + ARGV[5]), id)
end
return 1
