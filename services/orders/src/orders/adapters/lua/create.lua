-- Makes an empty cart, or finds the one that the same idempotency key made before.
-- KEYS: cart, the owner's current cart, the key's record
-- ARGV: owner, cart id, lifetime in seconds, fingerprint of the request ('' without a key)
if ARGV[4] ~= '' then
  local made = redis.call('HMGET', KEYS[3], 'fingerprint', 'cart')
  if made[1] and made[1] ~= ARGV[4] then
    return {'reused'}
  elseif made[1] then
    return {'made', made[2]}
  end
  redis.call('HSET', KEYS[3], 'fingerprint', ARGV[4], 'cart', ARGV[2])
  redis.call('EXPIRE', KEYS[3], ARGV[3])
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'version', 0)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return {'made', ARGV[2]}
