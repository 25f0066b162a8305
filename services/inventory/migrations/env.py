"""Alembic's entry for inventory's database.

Alembic loads this file; the chassis connects and runs the revisions in `versions/`.
"""

from chassis.migrations import run_migrations
from inventory.adapters.tables import metadata

run_migrations(metadata)
