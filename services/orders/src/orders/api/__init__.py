"""HTTP: the schema becomes a command, the view becomes JSON, an error becomes a problem.

No decision is made here; see application/ for those.
"""
