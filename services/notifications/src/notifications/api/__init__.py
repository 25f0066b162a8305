"""The messages over HTTP: customers read their own, support reads all.

Nothing can be sent from here; messages follow from events alone.
"""
