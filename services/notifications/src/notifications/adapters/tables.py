"""The tables of notifications' database, as SQLAlchemy Core describes them.

`migrations/` creates them; repositories and queries read and write them. Contacts and orders are
read models: they can be made anew from the topics.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.plumbing import Plumbing

metadata = MetaData()
plumbing = Plumbing(metadata)

contacts = Table(
    "contacts",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("reference", Text),
    Column("customer_id", Uuid),
    Column("guest_email", Text),
    Column("guest_name", Text),
    Column("lines", JSONB, nullable=False),
    Column("total_amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("status", Text),
    Column("amounts", JSONB(none_as_null=True)),
)

notification_preferences = Table(
    "notification_preferences",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("informational", Boolean, nullable=False),
    Column("turned_off", ARRAY(Text), nullable=False),
)

_PENDING = text("status = 'pending'")
_WAITING = text("status = 'waiting'")

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("template", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("header_id", Text, nullable=False, unique=True),
    Column("cause", Uuid, nullable=False),
    Column("order_id", Uuid),
    Column("user_id", Uuid),
    Column("email", Text),
    Column("name", Text),
    Column("details", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("problem", Text),
    Column("version", BigInteger, nullable=False),
    # When it may be sent; for a message that is being sent, when its lease ends.
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("correlation_id", Text, nullable=False),
    Column("traceparent", Text),
    CheckConstraint(
        "status IN ('waiting', 'pending', 'sent', 'undeliverable', 'left_out')",
        name="known_status",
    ),
    CheckConstraint(
        "status IN ('waiting', 'left_out') OR email IS NOT NULL", name="addressed_unless_waiting"
    ),
    Index("due_messages", "due_at", postgresql_where=_PENDING),
    Index("messages_waiting_for_user", "user_id", postgresql_where=_WAITING),
    Index("messages_waiting_for_order", "order_id", postgresql_where=_WAITING),
    Index("messages_by_user", "user_id", "id"),
    Index("messages_by_order", "order_id", "id"),
)
