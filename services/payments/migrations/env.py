"""Alembic's entry: the service's tables, brought up to date by the chassis's runner."""

from chassis.migrations import run_migrations
from payments.adapters import provider_tables
from payments.adapters.tables import metadata

assert provider_tables.metadata is metadata

run_migrations(metadata)
