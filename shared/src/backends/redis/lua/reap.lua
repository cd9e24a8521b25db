-- Takes a claim away that gave no sign of life. Works when Redis is full.
-- ARGV: prefix, worker that reaps, id, token, attempt, renewals as they were seen
-- Answers {'gone'} when the claim is another by now, {'requeued', losses}, or {'condemned', the claim of the worker that reaps}
local id, now = ARGV[3], clock()
if redis.call('HGET', CLAIMS, id) ~= ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6] then return {'gone'} end
redis.call('HDEL', CLAIMS, id)
if redis.call('HGET', job_of(id), 'state') ~= 'running' then return {'gone'} end
local lost = redis.call('HINCRBY', job_of(id), 'lost', 1)
if lost < MOST_LOSSES then
  wait(id, now, 'RPUSH')
  return {'requeued', tostring(lost)}
end
return {'condemned', claim(id, ARGV[2], now)}
