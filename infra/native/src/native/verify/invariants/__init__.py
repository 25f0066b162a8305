"""The invariants I1 to I10 of docs/reliability.md, a file each: rows in, findings out, no IO.

`judge.py` hands them what `gather` has read.
"""
