"""What payments takes in: the saga's commands, and its own operations when their turn has come.

`bootstrap.py` hands the handlers to the chassis' consumer and starts the provider desks.
"""
