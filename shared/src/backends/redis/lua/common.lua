-- Stands before every script. ARGV[1] is the prefix of all keys of the queue, which share one hash tag; KEYS[1] routes the
-- call on a Redis Cluster. What is kept:
--   job:ID               a hash: one life of a job. token, want (a stamp), rank (0 is the most urgent) and priority (its name), payload
--                        and its version, origin, state ('waiting', 'running' or 'delayed') and since when, worker (of the running),
--                        queued, asked (when a request asked last), attempt, requeues, lost (so often each),
--                        waiting:REPLICA (requests that wait there). Instants are milliseconds of this Redis's clock since 1970
--   live                 all living ids, in lexical order (a sorted set of scores 0)
--   claims               a hash of the running ones: ID -> 'token attempt renewals'
--   waiting:PRIORITY     the waiting ones (a sorted set), scored with the instant at which somebody asked for them last
--   delayed              those that wait for a later try (a sorted set), scored with the instant at which they are due
--   wait:vV:PRIORITY:O   references to the waiting jobs of one origin, by version of payload (a list, taken from its right end).
--                        Those that may be lost only once more have a list of their own, as if they were of one origin
--   turn:vV:PRIORITY     the origins that have such a list, scored with their turn
--   bell:vV              a list with a few elements while workers should look: 'rang', or 'passed' where one passed it on
--   pace                 a hash: ended jobs and busy milliseconds of the last seconds
--   ended:TOKEN          how one life failed, for a minute
-- A script that must work when Redis is full begins with a deletion: after it, writes are no longer refused
-- (script.c, scriptVerifyOOM, Redis 7; scripting.c, lua_write_dirty, Redis 6).
local P = ARGV[1]
local LIVE, CLAIMS, DELAYED, PACE = P .. 'live', P .. 'claims', P .. 'delayed', P .. 'pace'
-- Set before this part: SPAN, over how many seconds the pace is taken; MOST_LOSSES of one life; LAST_CHANCE, in whose name
-- those wait that may be lost only once more; FEW and BEYOND, parts of the bound of what waits.
local BUCKETS = 16 -- one a second, more than SPAN
local PACE_LIFE = 60000 -- how long the pace of an idle queue is kept, in milliseconds
local MOST_RINGS = 64 -- elements of a bell
local MOST_PROMOTED = 100 -- with one call

local function job_of(id) return P .. 'job:' .. id end
local function waiting_of(priority) return P .. 'waiting:' .. priority end
local function list_key(version, priority, list) return P .. 'wait:v' .. version .. ':' .. priority .. ':' .. list end
local function turns_key(version, priority) return P .. 'turn:v' .. version .. ':' .. priority end
local function text(number) return string.format('%.0f', number) end

-- Most jobs of one list that may run in a worker. Of those that may be lost only once more it is a third of an origin's share, so
-- that what kills its worker takes few along that have lost as many, and none where there are few slots.
local function share_of(list, share)
  if list == LAST_CHANCE then return math.max(1, math.floor(share / 3)) end
  return share
end

-- Deletes nothing: whatever is written after it is not refused for want of memory.
local function works_when_full() redis.call('HDEL', CLAIMS, '') end

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Counts `by` in the bucket of one second.
local function count(second, what, by)
  local place = second % BUCKETS
  if redis.call('HGET', PACE, 's' .. place) ~= text(second) then
    redis.call('HSET', PACE, 's' .. place, text(second), 'b' .. place, 0, 'e' .. place, 0)
  end
  redis.call('HINCRBY', PACE, what .. place, by)
end

-- Counts the time since `from` as busy, up to now.
local function account(now)
  local from = tonumber(redis.call('HGET', PACE, 'from'))
  if not from then return end
  -- A clock that jumped, and time that no longer matters.
  if from > now then from = now end
  if now - from > SPAN * 1000 then from = now - SPAN * 1000 end
  while from < now do
    local second = math.floor(from / 1000)
    local till = math.min(now, (second + 1) * 1000)
    count(second, 'b', till - from)
    from = till
  end
  redis.call('HSET', PACE, 'from', text(now))
end

-- Ends a life: nothing of it stays but, for a minute, how it failed.
local function release(id, now)
  redis.call('DEL', job_of(id))
  redis.call('ZREM', LIVE, id)
  if redis.call('ZCARD', LIVE) == 0 then
    account(now)
    redis.call('HDEL', PACE, 'from')
    redis.call('PEXPIRE', PACE, PACE_LIFE) -- nothing of an idle queue stays
  end
end

local function ring(version)
  local bell = P .. 'bell:v' .. version
  if redis.call('LLEN', bell) < MOST_RINGS then redis.call('LPUSH', bell, 'rang') end
end

-- Puts a reference on a list; `push` is LPUSH for a new one, RPUSH for one that has waited already.
local function refer(id, version, priority, list, push)
  redis.call(push, list_key(version, priority, list), id)
  local turns = turns_key(version, priority)
  if not redis.call('ZSCORE', turns, list) then
    local last = redis.call('ZREVRANGE', turns, 0, 0, 'WITHSCORES')
    redis.call('ZADD', turns, (last[2] or 0) + 1, list)
  end
  ring(version)
end

-- In whose list a job waits.
local function list_of(origin, lost)
  if tonumber(lost) >= MOST_LOSSES - 1 then return LAST_CHANCE end
  return origin
end

-- Lets a living job wait (again).
local function wait(id, now, push)
  local held = redis.call('HMGET', job_of(id), 'version', 'priority', 'origin', 'asked', 'lost')
  redis.call('HSET', job_of(id), 'state', 'waiting', 'since', text(now))
  redis.call('HDEL', job_of(id), 'worker')
  redis.call('ZADD', waiting_of(held[2]), held[4], id)
  refer(id, held[1], held[2], list_of(held[3], held[5]), push)
end

-- Ends the life of a request's job that waits and that nobody has asked for since `patience` milliseconds. True if it did.
local function abandon(id, now, patience)
  local held = redis.call('HMGET', job_of(id), 'state', 'rank', 'asked')
  if held[1] ~= 'waiting' or held[2] ~= '0' or now - held[3] <= patience then return false end
  redis.call('ZREM', waiting_of('request'), id)
  release(id, now)
  return true
end

-- Lets delayed jobs that are due wait. One that is due later than any back-off allows is due as well: the clock stepped.
local function promote(now, longest)
  local due = redis.call('ZRANGEBYSCORE', DELAYED, '-inf', text(now), 'LIMIT', 0, MOST_PROMOTED)
  local jumped = redis.call('ZRANGEBYSCORE', DELAYED, text(now + longest + 1000), '+inf', 'LIMIT', 0, MOST_PROMOTED)
  for _, ids in ipairs({due, jumped}) do
    for _, id in ipairs(ids) do
      redis.call('ZREM', DELAYED, id)
      if redis.call('HGET', job_of(id), 'state') == 'delayed' then wait(id, now, 'LPUSH') end
    end
  end
end
