-- Queues a job or joins the living one with its id.
-- ARGV: prefix, id, token, want, rank (0 is the most urgent), priority, payload, its version, origin,
--       replica (empty: nobody waits), its waiting requests, most waiting jobs (-1: not bounded), longest wait in milliseconds
-- Answers {'joined' or 'queued', token of the life that counts}, or {'refused', depth, expected wait in ms or -1}
local id, token, want, rank, priority = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local job, now = job_of(id), clock()
local held = redis.call('HMGET', job, 'token', 'want', 'rank', 'state', 'version', 'origin', 'priority', 'lost')

local function waited_for()
  if ARGV[10] ~= '' then redis.call('HSET', job, 'waiting:' .. ARGV[10], ARGV[11]) end
end

if held[1] then
  works_when_full()
  waited_for()
  if rank == 0 then redis.call('HSET', job, 'asked', text(now)) end
  if want > tonumber(held[2]) then redis.call('HSET', job, 'want', ARGV[4]) end
  local raised = rank < tonumber(held[3])
  if raised then redis.call('HSET', job, 'rank', ARGV[5], 'priority', priority) end
  -- What an older program asks for, older workers must be able to do.
  local lowered = tonumber(ARGV[8]) < tonumber(held[5])
  if lowered then redis.call('HSET', job, 'version', ARGV[8], 'payload', ARGV[7]) end
  if held[4] == 'delayed' and rank == 0 then
    redis.call('ZREM', DELAYED, id)
    wait(id, now, 'LPUSH')
  elseif held[4] == 'waiting' then
    local now_at = raised and priority or held[7]
    if raised or lowered then
      -- A second reference; whoever takes the first leaves the other dangling, and take skips it.
      redis.call('ZREM', waiting_of(held[7]), id)
      redis.call('ZADD', waiting_of(now_at), text(now), id)
      refer(id, lowered and ARGV[8] or held[5], now_at, list_of(held[6], held[8]), 'LPUSH')
    elseif rank == 0 then
      redis.call('ZADD', waiting_of(now_at), text(now), id)
    end
  end
  return {'joined', held[1]}
end

local most = tonumber(ARGV[12])
if rank == 0 and most >= 0 then
  local depth = redis.call('ZCARD', waiting_of(priority))
  -- Origins take turns: before the last of `own` go those, and as many of each other origin at most.
  local own = redis.call('LLEN', list_key(ARGV[8], priority, ARGV[9]))
  local others = redis.call('ZCARD', turns_key(ARGV[8], priority)) - (own > 0 and 1 or 0)
  local ahead = math.min(depth, own + (own + 1) * others)
  account(now)
  local pace, ended, busy = redis.call('HGETALL', PACE), 0, 0
  local fields = {}
  for i = 1, #pace, 2 do fields[pace[i]] = tonumber(pace[i + 1]) end
  local second = math.floor(now / 1000)
  for place = 0, BUCKETS - 1 do
    local at = fields['s' .. place]
    if at and at > second - SPAN and at <= second then
      ended, busy = ended + fields['e' .. place], busy + fields['b' .. place]
    end
  end
  -- With nothing ended the rate is unknown, and only the depth counts.
  local function after(jobs) return ended > 0 and math.ceil(jobs * busy / ended) or -1 end
  -- Those who wait for little may go beyond the bound, as it may be one slow origin that has filled the queue.
  local bound = own < most / FEW and most + most / BEYOND or most
  if depth >= bound then return {'refused', text(depth), text(after(depth))} end
  if after(ahead) > tonumber(ARGV[13]) then return {'refused', text(depth), text(after(ahead))} end
end

if redis.call('ZCARD', LIVE) == 0 then
  redis.call('HSET', PACE, 'from', text(now))
  redis.call('PERSIST', PACE)
end
redis.call('HSET', job, 'token', token, 'want', ARGV[4], 'rank', ARGV[5], 'priority', priority, 'payload', ARGV[7],
  'version', ARGV[8], 'origin', ARGV[9], 'state', 'waiting', 'queued', text(now), 'since', text(now), 'asked', text(now),
  'attempt', 0, 'requeues', 0, 'lost', 0)
waited_for()
redis.call('ZADD', LIVE, 0, id)
redis.call('ZADD', waiting_of(priority), text(now), id)
refer(id, ARGV[8], priority, ARGV[9], 'LPUSH')
return {'queued', token}
