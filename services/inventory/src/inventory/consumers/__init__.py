"""What inventory takes in: the saga's commands and the catalogue's new SKUs.

`bootstrap.py` hands these handlers to the chassis' consumer, which opens and commits the unit
of work around them.
"""
