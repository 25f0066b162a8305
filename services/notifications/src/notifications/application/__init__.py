"""What notifications does, one use case a file.

Events arrive in a unit of work that the consumer commits; the workers, which send and which
address, open and commit their own.
"""
