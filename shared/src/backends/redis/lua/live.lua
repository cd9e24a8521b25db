-- Lists living jobs in the order of their ids.
-- ARGV: prefix, lower bound in ZRANGEBYLEX's spelling, most to list
-- Answers a list of {id, state, since, worker, attempt, waiting, priority, payload}
local jobs = {}
for _, id in ipairs(redis.call('ZRANGEBYLEX', LIVE, ARGV[2], '+', 'LIMIT', 0, ARGV[3])) do
  local fields = redis.call('HGETALL', job_of(id))
  local f, waiting = {}, 0
  for i = 1, #fields, 2 do
    f[fields[i]] = fields[i + 1]
    if string.sub(fields[i], 1, 8) == 'waiting:' then waiting = waiting + tonumber(fields[i + 1]) end
  end
  if f.state then
    jobs[#jobs + 1] = {id, f.state, f.since, f.worker or '', f.attempt, waiting, f.priority, f.payload}
  end
end
return jobs
