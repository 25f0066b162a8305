"""What `./souk bench` measures, a file for each kind of figure; `native.bench.command` runs them.

`client` is the load generator, `starting` times fresh and warm starts, `reading` and `buying` put
load on a running shop, and `report` writes the table that the README shows.
"""
