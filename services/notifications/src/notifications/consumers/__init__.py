"""What notifications takes in: accounts, and the life of orders and of their payments.

`bootstrap.py` hands these handlers to the chassis' consumers, which open and commit the units of
work around them: one over PostgreSQL for mails and webhooks, one over Redis for live updates.
"""
