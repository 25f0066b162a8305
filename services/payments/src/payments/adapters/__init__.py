"""PostgreSQL and the simulated provider behind the ports of `domain` and `application`.

Only `bootstrap.py` imports from here.
"""
