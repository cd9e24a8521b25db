-- Takes waiting jobs: the most urgent first, origins in turn.
-- Works when Redis is full.
-- ARGV: prefix, worker, most to take, most of one origin, patience and longest back-off in milliseconds, 1 to pass the bell on,
--       how many priorities, the priorities, how many versions, the versions, then pairs of an origin and how many of its jobs run here
-- Answers {1 if jobs were left only because their origins have their share, list of claims as `claim` makes them}
local MOST_SKIPPED = 1000
local most, share, patience = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = clock()
local at = 8
local function list()
  local values = {}
  for i = 1, tonumber(ARGV[at]) do values[i] = ARGV[at + i] end
  at = at + #values + 1
  return values
end
local priorities, versions, busy = list(), list(), {}
for i = at, #ARGV, 2 do busy[ARGV[i]] = tonumber(ARGV[i + 1]) end

works_when_full()
promote(now, tonumber(ARGV[6]))

local taken, skipped = {}, 0
-- Takes the next job of one list; nil when there is none.
local function next_of(references, version, list)
  while skipped < MOST_SKIPPED do
    local id = redis.call('RPOP', references)
    if not id then return nil end
    local held = redis.call('HMGET', job_of(id), 'state', 'priority', 'version', 'origin', 'lost')
    -- A reference whose job does not wait, or not in this list, is a leftover: its priority was raised, its payload was replaced, or it
    -- was dropped.
    local waits = held[1] == 'waiting' and held[3] == version and list_of(held[4], held[5]) == list
    if waits and not abandon(id, now, patience) then
      redis.call('ZREM', waiting_of(held[2]), id)
      return id
    end
    skipped = skipped + 1
  end
end

local left, held_back = {}, {}
for _, priority in ipairs(priorities) do
  for _, version in ipairs(versions) do
    local turns, passed = turns_key(version, priority), 0
    while true do
      local list = redis.call('ZRANGE', turns, passed, passed)[1]
      if not list then break end
      if #taken >= most or skipped >= MOST_SKIPPED then
        left[version] = true
        break
      end
      if (busy[list] or 0) >= (share_of(list, share)) then
        passed = passed + 1
        held_back[version] = true
      else
        local references = list_key(version, priority, list)
        local id = next_of(references, version, list)
        if id then
          taken[#taken + 1] = claim(id, ARGV[2], now)
          busy[list] = (busy[list] or 0) + 1
        end
        if redis.call('EXISTS', references) == 0 then
          redis.call('ZREM', turns, list)
        elseif id then
          local last = redis.call('ZREVRANGE', turns, 0, 0, 'WITHSCORES')
          redis.call('ZADD', turns, last[2] + 1, list)
        end
      end
    end
  end
end

local only_held_back = false
for _, version in ipairs(versions) do
  local bell = P .. 'bell:v' .. version
  local pass_on = left[version] or (held_back[version] and ARGV[7] == '1')
  if pass_on and redis.call('EXISTS', bell) == 0 then
    redis.call('LPUSH', bell, 'passed')
  elseif not left[version] and not held_back[version] then
    redis.call('DEL', bell)
  end
  if held_back[version] and not left[version] then only_held_back = true end
end
return {only_held_back and 1 or 0, taken}
