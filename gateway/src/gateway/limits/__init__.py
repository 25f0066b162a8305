"""Rate limits: a table of them, the exact count shared through Redis, and a count in process.

`policy` is the table, `redis_limiter` counts for all gateways together, `local_limiter` counts
while Redis is away, and `limiter` puts them together for the forwarder.
"""
