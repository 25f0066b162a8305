"""What an order is and may do: no IO, no HTTP, no SQL, no plumbing.

Read order.py (the aggregate), then saga.py (the steps as data), then cart.py and pricing.py.
"""
