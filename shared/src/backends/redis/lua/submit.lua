-- Queues a job or joins the living one with its id.
-- KEYS: job, list of its priority, live, bell
-- ARGV: id, token, want, priority (0 is the most urgent), priority's name, payload,
--       replica (empty: nobody waits), its waiting requests
-- Answers {1 if queued, else 0; token of the life that counts}
local held = redis.call('HMGET', KEYS[1], 'token', 'want', 'rank', 'state')
local function ring()
  if redis.call('LLEN', KEYS[4]) < 64 then redis.call('LPUSH', KEYS[4], 1) end
end
local function wait()
  if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'waiting:' .. ARGV[7], ARGV[8]) end
end
if held[1] then
  wait()
  if tonumber(ARGV[3]) > tonumber(held[2]) then redis.call('HSET', KEYS[1], 'want', ARGV[3]) end
  if tonumber(ARGV[4]) < tonumber(held[3]) then
    redis.call('HSET', KEYS[1], 'rank', ARGV[4], 'priority', ARGV[5])
    if held[4] == 'waiting' then
      -- A second reference; whoever takes the first leaves the other dangling, and take skips it.
      redis.call('LPUSH', KEYS[2], ARGV[1])
      ring()
    end
  end
  return {0, held[1]}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'v', 1, 'token', ARGV[2], 'want', ARGV[3], 'rank', ARGV[4], 'priority', ARGV[5],
  'payload', ARGV[6], 'state', 'waiting', 'since', string.format('%.0f', now), 'attempt', 0, 'renewals', 0, 'requeues', 0)
wait()
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('LPUSH', KEYS[2], ARGV[1])
ring()
return {1, ARGV[2]}
