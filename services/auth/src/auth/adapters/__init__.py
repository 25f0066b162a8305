"""The outside world behind the ports: PostgreSQL, Redis, argon2, signed tokens.

Only `bootstrap.py` imports from here.
"""
