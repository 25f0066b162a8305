"""Alembic's entry for notifications' database.

Alembic loads this file; the chassis connects and runs the revisions in `versions/`.
"""

from chassis.migrations import run_migrations
from notifications.adapters.tables import metadata

run_migrations(metadata)
