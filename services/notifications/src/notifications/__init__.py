"""Notifications: what the shop tells its customers by e-mail, and whether it was told.

- `domain/`       messages, contacts and the orders they are about; the rules and their errors
- `application/`  write a message for an event, send what is due, address what waits, and reads
- `adapters/`     PostgreSQL, SMTP, and the templates with what renders them
- `consumers/`    events of auth, orders and payments
- `api/`          the messages, for their recipients and for support
- `bootstrap.py`  puts them together; `main.py` runs them
"""
