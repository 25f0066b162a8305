"""The ports of domain/ and application/, implemented on PostgreSQL and Redis.

Only bootstrap.py imports this package.
"""
