"""What this service hears: each module has its own models of the fields it uses.

The chassis opens the transaction, keeps the inbox and commits; a handler only tells a use case.
"""
