"""The table of the audit trail, which only grows; a trigger of its migration sees to that.

It belongs to the metadata of `tables.py`; `audit_trail.py` writes and reads it.
"""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from auth.adapters.tables import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("service", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("client_id", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("target", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("outcome", Text),
    Column("request_id", Text, nullable=False),
    Index("audit_entries_by_actor", "actor", "id"),
    Index("audit_entries_by_target", "target", "id"),
    Index("audit_entries_by_operation", "operation", "id"),
)
