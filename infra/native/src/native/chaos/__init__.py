"""`./souk chaos`: a shop of its own under load, while its parts are killed, paused and cut off.

`command` is where to begin reading; `catalogue` is the table of what may go wrong, `schedule` says
when, `faults/` do it and undo it, `crowd` are those who buy meanwhile. Decision record 0032.
"""
