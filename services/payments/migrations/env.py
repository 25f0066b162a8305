"""Alembic's entry: the service's tables, brought up to date by the chassis's runner."""

from chassis.migrations import run_migrations
from payments.adapters.provider_tables import provider_charges
from payments.adapters.tables import metadata

# The provider's memory registers itself on the same MetaData when it is imported.
assert provider_charges.metadata is metadata

run_migrations(metadata)
