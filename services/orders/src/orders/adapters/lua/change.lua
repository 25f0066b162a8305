-- Changes an open cart, all of it or nothing.
-- KEYS: cart, the owner's current cart
-- ARGV: owner, lifetime in seconds, most lines, the version demanded ('' for any),
--       most codes, delivery and country ('' leaves them), how many codes follow, then code and
--       '1' to put it in or '0' to take it out in turn,
--       '1' to take out all lines first, then SKU and quantity in turn (0 takes a line out)
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
local after_codes = 9 + 2 * tonumber(ARGV[8])
if ARGV[after_codes] == '1' then
  for field in pairs(present) do
    gone[field] = true
  end
end
for i = after_codes + 1, #ARGV, 2 do
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

local codes, few = {}, 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 5) == 'code:' then
    codes[field] = true
  end
end
for i = 9, after_codes - 1, 2 do
  local field = 'code:' .. ARGV[i]
  codes[field] = ARGV[i + 1] == '1' or nil
  wanted[field] = codes[field] and '1'
  gone[field] = not codes[field] or nil
end
for _ in pairs(codes) do
  few = few + 1
end
if few > tonumber(ARGV[5]) then
  return {'codes'}
end
if ARGV[6] ~= '' then
  wanted['delivery'] = ARGV[6]
end
if ARGV[7] ~= '' then
  wanted['country'] = ARGV[7]
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
