"""How a change gets to where the shop runs: images, deployment, smoke test.

The commands `images`, `deploy`, `smoke` and `readme` are here; both pipelines call them, and so
may a laptop. `docs/delivery.md` tells the whole way.
"""
