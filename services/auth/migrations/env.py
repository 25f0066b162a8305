"""Alembic's entry for auth's database.

Alembic loads this file; the chassis connects and runs the revisions in `versions/`.
"""

from auth.adapters.tables_accounts import metadata
from chassis.migrations import run_migrations

run_migrations(metadata)
