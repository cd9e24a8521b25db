-- Stands after the common part where jobs are given to a worker.
-- Answers {id, token, want, attempt, payload, origin, priority, lost, queued}
local function claim(id, worker, now)
  local job = job_of(id)
  local attempt = redis.call('HINCRBY', job, 'attempt', 1)
  redis.call('HSET', job, 'state', 'running', 'worker', worker, 'since', text(now))
  local held = redis.call('HMGET', job, 'token', 'want', 'payload', 'origin', 'priority', 'lost', 'queued')
  redis.call('HSET', CLAIMS, id, held[1] .. ' ' .. attempt .. ' 0')
  return {id, held[1], held[2], tostring(attempt), held[3], held[4], held[5], held[6], held[7]}
end
