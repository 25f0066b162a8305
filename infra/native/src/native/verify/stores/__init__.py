"""What the checks need of each service's database, a file each, with the statements that read it.

`reading` opens the snapshots and calls these. They know the tables of the services by name, since
a check that asked the services would believe what it is to check.
"""
