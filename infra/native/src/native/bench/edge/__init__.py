"""`./souk bench gateway`: the gateway beside nginx and HAProxy, same service, same load, one run.

`command.py` is the run, `subjects.py` starts what is measured, `rivals.py` holds the
configuration of the others, `wrk.py` sends the load and `report.py` shows what came of it.
"""
