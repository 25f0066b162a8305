"""Notifications' PostgreSQL, SMTP and templates.

Only `bootstrap.py` imports this package.
"""
