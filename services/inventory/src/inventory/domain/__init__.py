"""What stock is and how it may move.

No IO, no framework, no chassis: the application layer calls in, and nothing here calls out.
"""
