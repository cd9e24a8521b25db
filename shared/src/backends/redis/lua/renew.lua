-- Counts up the renewals of claims that are still held. Works when Redis is full.
-- ARGV: prefix, then triples of id, token and attempt
-- Answers a list of 1 (held) and 0
works_when_full()
local held = {}
for i = 2, #ARGV, 3 do
  local token, attempt, renewals = string.match(redis.call('HGET', CLAIMS, ARGV[i]) or '', '^(%S+) (%d+) (%d+)$')
  if token == ARGV[i + 1] and attempt == ARGV[i + 2] then
    redis.call('HSET', CLAIMS, ARGV[i], token .. ' ' .. attempt .. ' ' .. text(renewals + 1))
    held[#held + 1] = 1
  else
    held[#held + 1] = 0
  end
end
return held
