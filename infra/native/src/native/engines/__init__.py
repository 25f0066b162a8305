"""The four real servers of the native stack, one module each.

Each module has `prepare` (what a first start needs: a cluster, a formatted log folder) and
`process` (its line of the process table). `table.py` and `up` are their only callers.
"""
