-- Queues a job or joins the living one with its id.
-- ARGV: prefix, id, token, want, rank (0 is the most urgent), priority, payload, its version, origin,
--       replica (empty: nobody waits), its waiting requests, most waiting jobs (-1: not bounded), longest wait in milliseconds
-- Answers {'joined' or 'queued', token of the life that counts}, or {'refused', depth, expected wait in ms or -1}
local id, token, want, rank, priority = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local job, now = job_of(id), clock()
local held = redis.call('HMGET', job, 'token', 'want', 'rank', 'state', 'version', 'origin', 'priority')

local function waited_for()
  if ARGV[10] ~= '' then redis.call('HSET', job, 'waiting:' .. ARGV[10], ARGV[11]) end
end

if held[1] then
  redis.call('HDEL', job, 'none') -- joining works when Redis is full
  waited_for()
  if rank == 0 then redis.call('HSET', job, 'asked', text(now)) end
  if want > tonumber(held[2]) then redis.call('HSET', job, 'want', ARGV[4]) end
  local raised = rank < tonumber(held[3])
  if raised then redis.call('HSET', job, 'rank', ARGV[5], 'priority', priority) end
  if held[4] == 'delayed' and rank == 0 then
    redis.call('ZREM', DELAYED, id)
    wait(id, now, 'LPUSH')
  elseif held[4] == 'waiting' then
    if raised then
      -- A second reference; whoever takes the first leaves the other dangling, and take skips it.
      redis.call('ZREM', waiting_of(held[7]), id)
      refer(id, held[5], priority, held[6], 'LPUSH')
    end
    -- Who raises it to a request asks for it, too.
    if rank == 0 or raised then redis.call('ZADD', waiting_of(raised and priority or held[7]), text(now), id) end
  end
  return {'joined', held[1]}
end

local most = tonumber(ARGV[12])
if rank == 0 and most >= 0 then
  local depth = redis.call('ZCARD', waiting_of(priority))
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
  local expected = ended > 0 and math.ceil(depth * busy / ended) or -1
  if depth >= most or expected > tonumber(ARGV[13]) then return {'refused', text(depth), text(expected)} end
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
