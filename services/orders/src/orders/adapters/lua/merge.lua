-- Adds a guest's lines to a customer's cart and leaves a mark where the guest's cart was, so
-- that a repetition finds it done.
-- KEYS: the cart, the guest's cart, the owner's current cart, the guest's current cart
-- ARGV: owner, guest, cart id, lifetime in seconds, most lines, most of one SKU, the guest's
--       cart's id, the version of the cart that is demanded ('' for any)
local cart = redis.call('HMGET', KEYS[1], 'owner', 'into', 'order', 'version')
local guest = redis.call('HMGET', KEYS[2], 'owner', 'into', 'order')
if cart[1] ~= ARGV[1] or cart[2] or guest[1] ~= ARGV[2] then
  return {'missing'}
elseif guest[2] == ARGV[3] then
  return {'changed', redis.call('HGETALL', KEYS[1])}
elseif guest[2] then
  return {'missing'}
elseif guest[3] or cart[3] then
  return {'ordered', guest[3] or cart[3]}
elseif ARGV[8] ~= '' and ARGV[8] ~= cart[4] then
  return {'stale'}
end

local sums, lines = {}, 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 4) == 'sku:' then
    lines = lines + 1
  end
end
local fields = redis.call('HGETALL', KEYS[2])
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 4) == 'sku:' then
    local before = redis.call('HGET', KEYS[1], fields[i])
    sums[fields[i]] = (tonumber(before or 0)) + tonumber(fields[i + 1])
    if not before then
      lines = lines + 1
    end
    if sums[fields[i]] > tonumber(ARGV[6]) then
      return {'excess', string.sub(fields[i], 5)}
    end
  end
end
if lines > tonumber(ARGV[5]) then
  return {'full'}
end

for field, quantity in pairs(sums) do
  redis.call('HSET', KEYS[1], field, quantity)
end
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[3], ARGV[4])
if redis.call('GET', KEYS[4]) == ARGV[7] then
  redis.call('DEL', KEYS[4])
end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'owner', ARGV[2], 'into', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {'changed', redis.call('HGETALL', KEYS[1])}
