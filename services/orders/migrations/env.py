"""Alembic's entry for the database of orders.

Alembic loads this file; the chassis connects and runs the revisions in `versions/`.
"""

from chassis.migrations import run_migrations
from orders.adapters.tables import metadata

run_migrations(metadata)
