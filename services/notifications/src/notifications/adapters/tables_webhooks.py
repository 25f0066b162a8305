"""The tables of webhooks and of what is sent to them, in the MetaData of `tables.py`.

A delivery goes with its webhook. Its body is the same bytes at every try, so it is kept as it was
first made.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from notifications.adapters.tables import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Uuid),
    Column("url", Text, nullable=False),
    Column("event_types", ARRAY(Text), nullable=False),
    Column("description", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("problem", Text),
    # Each {"sealed": base64, "until": time or null}, the newest first.
    Column("secrets", JSONB, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    # When it may be sent; for one that is being sent, when its lease ends.
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("gives_up_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("delivered_at", DateTime(timezone=True)),
    Column("log", JSONB, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("traceparent", Text),
    CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="known_delivery_status"),
    UniqueConstraint("webhook_id", "event_id", name="one_delivery_of_an_event"),
    Index("due_deliveries", "webhook_id", "due_at", postgresql_where=text("status = 'pending'")),
    Index("deliveries_by_webhook", "webhook_id", "id"),
    Index("deliveries_by_age", "created_at"),
)
