"""Notifications: what the shop tells customers by e-mail and merchants by webhook, and live.

- `domain/`       messages, preferences, webhooks, and where one may go; the rules and their errors
- `application/`  write messages, send what is due, deliver webhooks, follow an order, and reads
- `adapters/`     PostgreSQL, Redis, SMTP, the webhooks' client, and the templates
- `consumers/`    events of auth, orders and payments
- `api/`          messages, preferences, webhooks with their log, and live updates
- `bootstrap.py`  puts them together; `main.py` runs them
"""
