"""`./souk bench orders`: what writing orders costs, as ratios against references of the same run.

The references are pgbench with the same statements, a bare round trip through Kafka, and aiokafka
sending as fast as it can. `command.measure` is the run, `report` its tables.
"""
