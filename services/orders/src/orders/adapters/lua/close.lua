-- Marks a cart as ordered; the first order that says so stays.
-- KEYS: cart, the owner's current cart
-- ARGV: owner, cart id, order id, lifetime in seconds
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return {'missing'}
end
redis.call('HSETNX', KEYS[1], 'order', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
if redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
return {'closed'}
