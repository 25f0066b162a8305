"""Inventory's PostgreSQL: tables, repositories, queries, and how its events become messages.

Only `bootstrap.py` imports this package.
"""
