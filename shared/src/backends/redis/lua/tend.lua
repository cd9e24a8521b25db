-- What is done from time to time: delayed jobs that are due wait again, renders that nobody waits for are dropped.
-- Works when Redis is full.
-- ARGV: prefix, patience and longest back-off in milliseconds, most to drop
-- Answers {how many were dropped, flat list of running ids and their claims}
local now, patience, dropped = clock(), tonumber(ARGV[2]), 0
works_when_full()
promote(now, tonumber(ARGV[3]))
local oldest = redis.call('ZRANGEBYSCORE', waiting_of('request'), '-inf', '(' .. text(now - patience), 'LIMIT', 0, ARGV[4])
for _, id in ipairs(oldest) do
  if abandon(id, now, patience) then
    dropped = dropped + 1
  else
    redis.call('ZREM', waiting_of('request'), id)
  end
end
return {dropped, redis.call('HGETALL', CLAIMS)}
