"""What notifications takes in: accounts, orders and refunds.

`bootstrap.py` hands these handlers to the chassis' consumer, which opens and commits the unit
of work around them.
"""
