"""What a message is and how it comes to be sent.

No IO, no framework, no chassis: the application layer calls in, and nothing here calls out.
"""
