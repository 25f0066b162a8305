"""What inventory does, one use case a file.

Commands of the saga arrive in a unit of work that the consumer commits; the warehouse's
adjustments and the expiry of holds open and commit their own.
"""
