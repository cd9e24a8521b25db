-- Takes waiting jobs, the most urgent first.
-- KEYS: live, bell, then the lists of waiting ids in the order of their urgency
-- ARGV: prefix of jobs, worker, most to take
-- Answers a list of {id, token, want, attempt, payload}
local most = tonumber(ARGV[3])
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local taken = {}
local left = 0
for list = 3, #KEYS do
  while #taken < most do
    local id = redis.call('RPOP', KEYS[list])
    if not id then break end
    local job = ARGV[1] .. id
    -- A reference whose job no longer waits is a leftover of a raised priority.
    if redis.call('HGET', job, 'state') == 'waiting' then
      redis.call('HSET', job, 'state', 'running', 'worker', ARGV[2], 'since', now)
      local attempt = redis.call('HINCRBY', job, 'attempt', 1)
      local held = redis.call('HMGET', job, 'token', 'want', 'payload')
      taken[#taken + 1] = {id, held[1], held[2], tostring(attempt), held[3]}
    end
  end
  left = left + redis.call('LLEN', KEYS[list])
end
-- The bell rings while jobs wait, and only then.
redis.call('DEL', KEYS[2])
if left > 0 then redis.call('LPUSH', KEYS[2], 1) end
return taken
