-- Whether something waits that a worker would take which had a slot more. Changes nothing.
-- ARGV: prefix, most of one origin, the priority, how many versions, the versions, then pairs of an origin and how many of its jobs run there
-- Answers 1 or 0
local share, priority, versions, busy, many = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), {}, 0
for i = 5 + versions, #ARGV, 2 do
  busy[ARGV[i]] = tonumber(ARGV[i + 1])
  many = many + 1
end
for i = 5, 4 + versions do
  -- Of one more than are busy one is not.
  for _, list in ipairs(redis.call('ZRANGE', turns_key(ARGV[i], priority), 0, many)) do
    if (busy[list] or 0) < share_of(list, share) then return 1 end
  end
end
return 0
