-- Counts up the renewals of claims that are still held.
-- KEYS: the jobs; ARGV: their tokens, in the same order
-- Answers a list of 1 (held) and 0
local held = {}
for i, job in ipairs(KEYS) do
  local fields = redis.call('HMGET', job, 'token', 'state')
  if fields[1] == ARGV[i] and fields[2] == 'running' then
    redis.call('HINCRBY', job, 'renewals', 1)
    held[i] = 1
  else
    held[i] = 0
  end
end
return held
