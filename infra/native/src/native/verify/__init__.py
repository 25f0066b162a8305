"""`./souk verify`: the invariants of docs/reliability.md, checked against every store and topic.

`client_log` is what whoever drives load writes down.
"""
