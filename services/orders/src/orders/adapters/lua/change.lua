-- Changes the lines of an open cart, all of it or nothing.
-- KEYS: cart, the owner's current cart
-- ARGV: owner, lifetime in seconds, most lines, the version demanded ('' for any),
--       '1' to empty the cart first, then SKU and quantity in turn (0 takes a line out)
local cart = redis.call('HMGET', KEYS[1], 'owner', 'into', 'order', 'version')
if cart[1] ~= ARGV[1] or cart[2] then
  return {'missing'}
elseif cart[3] then
  return {'ordered', cart[3]}
elseif ARGV[4] ~= '' and ARGV[4] ~= cart[4] then
  return {'stale'}
end

local present = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 4) == 'sku:' then
    present[field] = true
  end
end
local wanted, gone, lines = {}, {}, 0
if ARGV[5] == '1' then
  for field in pairs(present) do
    gone[field] = true
  end
end
for i = 6, #ARGV, 2 do
  local field = 'sku:' .. ARGV[i]
  if ARGV[i + 1] == '0' then
    gone[field] = true
  else
    wanted[field] = ARGV[i + 1]
    gone[field] = nil
    present[field] = true
  end
end
for field in pairs(present) do
  if not gone[field] then
    lines = lines + 1
  end
end
if lines > tonumber(ARGV[3]) then
  return {'full'}
end

for field in pairs(gone) do
  redis.call('HDEL', KEYS[1], field)
end
for field, quantity in pairs(wanted) do
  redis.call('HSET', KEYS[1], field, quantity)
end
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return {'changed', redis.call('HGETALL', KEYS[1])}
