-- Adds a step to an order's stream, under the order's version, and tells who listens.
-- KEYS: the stream
-- ARGV: version, step as JSON, most steps to keep, lifetime in seconds, channel
local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], ARGV[1] .. '-0', 'step', ARGV[2])
if type(added) == 'table' and added.err then
  -- The step, or a later one, is there already: the event came again.
  if string.find(added.err, 'equal or smaller') then
    return 0
  end
  return added
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[2])
return 1
