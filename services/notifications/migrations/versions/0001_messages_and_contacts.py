"""Messages, and the contacts and orders that they are addressed by, with the plumbing's tables.

The first revision of notifications' database; Alembic runs it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.plumbing import create_plumbing, drop_plumbing

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATUSES = "status IN ('waiting', 'pending', 'sent', 'undeliverable')"


def upgrade() -> None:
    """Creates everything."""
    create_plumbing()
    op.create_table(
        "contacts",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    _create_orders()
    _create_messages()
    _create_indexes()


def downgrade() -> None:
    """Drops everything."""
    for table in ("messages", "orders", "contacts"):
        op.drop_table(table)
    drop_plumbing()


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("guest_email", sa.Text),
        sa.Column("guest_name", sa.Text),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("total_amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("header_id", sa.Text, nullable=False, unique=True),
        sa.Column("cause", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid),
        sa.Column("user_id", sa.Uuid),
        sa.Column("email", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text),
        sa.CheckConstraint(_STATUSES, name="known_status"),
        sa.CheckConstraint(
            "status = 'waiting' OR email IS NOT NULL", name="addressed_unless_waiting"
        ),
    )


def _create_indexes() -> None:
    waiting, pending = sa.text("status = 'waiting'"), sa.text("status = 'pending'")
    for name, columns, where in (
        ("due_messages", ["due_at"], pending),
        ("messages_waiting_for_user", ["user_id"], waiting),
        ("messages_waiting_for_order", ["order_id"], waiting),
        ("messages_by_user", ["user_id", "id"], None),
        ("messages_by_order", ["order_id", "id"], None),
    ):
        op.create_index(name, "messages", columns, postgresql_where=where)
