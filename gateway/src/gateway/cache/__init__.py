"""The shared cache of public reads (RFC 9111): what may be kept, for how long, and who asks anew.

`policy.py` reads what a service says of its answer, `store.py` keeps answers within a bound,
`reading.py` answers from it or fills it, and `tail.py` purges it by the catalogue's events.
"""
