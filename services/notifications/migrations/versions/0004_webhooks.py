"""Webhooks of merchants, and what is sent to them.

The fourth revision of this database; Alembic runs it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Uuid),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("event_types", ARRAY(sa.Text), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("secrets", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    _create_deliveries()
    pending = sa.text("status = 'pending'")
    op.create_index(
        "due_deliveries", "webhook_deliveries", ["webhook_id", "due_at"], postgresql_where=pending
    )
    op.create_index("deliveries_by_webhook", "webhook_deliveries", ["webhook_id", "id"])
    op.create_index("deliveries_by_age", "webhook_deliveries", ["created_at"])


def downgrade() -> None:
    """Drops them, and the messages that their owners got."""
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")
    op.execute("DELETE FROM messages WHERE template = 'webhook_disabled'")


def _create_deliveries() -> None:
    of_webhook = sa.ForeignKey("webhooks.id", ondelete="CASCADE")
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("webhook_id", sa.Uuid, of_webhook, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gives_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("log", JSONB, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text),
        sa.CheckConstraint(
            "status IN ('pending', 'delivered', 'failed')", name="known_delivery_status"
        ),
        sa.UniqueConstraint("webhook_id", "event_id", name="one_delivery_of_an_event"),
    )
