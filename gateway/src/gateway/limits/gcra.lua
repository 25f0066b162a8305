-- The generic cell rate algorithm (ITU-T I.371) for a whole batch of requests at once.
-- KEYS: one for each request. ARGV[1]: one byte for each request, its line in the table, from 1.
-- ARGV[2]: the table, two unsigned 64-bit numbers a line: interval and window in microseconds.
-- Returns one signed 64-bit number a request: what the window is filled with after this request,
-- or minus the time until it would have been allowed. Microseconds, big-endian.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local line = (string.byte(ARGV[1], i) - 1) * 16 + 1
  local interval, window = struct.unpack('>I8I8', ARGV[2], line)
  local arrival = tonumber(redis.call('GET', key) or now)
  if arrival < now then arrival = now end
  local filled = arrival + interval - now
  if filled > window then
    answers[i] = struct.pack('>i8', window - filled)
  else
    redis.call('SET', key, string.format('%.0f', now + filled), 'PX', math.ceil(filled / 1000))
    answers[i] = struct.pack('>i8', filled)
  end
end
return table.concat(answers)
