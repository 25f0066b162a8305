"""Stock, movements, reservations and adjustments, with the plumbing's tables.

The first revision of inventory's database; Alembic runs it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.plumbing import create_plumbing, drop_plumbing

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATUSES = "status IN ('held', 'rejected', 'committed', 'released', 'expired')"


def upgrade() -> None:
    """Creates everything."""
    create_plumbing()
    _create_stock()
    _create_movements()
    _create_reservations()
    op.create_table(
        "adjustments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", JSONB, nullable=False),
    )


def downgrade() -> None:
    """Drops everything."""
    for table in ("adjustments", "reservations", "movements", "stock"):
        op.drop_table(table)
    drop_plumbing()


def _create_stock() -> None:
    op.create_table(
        "stock",
        sa.Column("sku", sa.Text, primary_key=True),
        sa.Column("available", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reserved", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("sold", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        sa.CheckConstraint("available >= 0", name="available_not_negative"),
        sa.CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        sa.CheckConstraint("sold >= 0", name="sold_not_negative"),
    )


def _create_movements() -> None:
    op.create_table(
        "movements",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("sku", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("available", sa.BigInteger, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("sold", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.Uuid, nullable=False),
        _moment("made_at"),
        sa.Index("movements_by_sku", "sku", "id"),
    )


def _create_reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("shortages", JSONB, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text),
        _moment("created_at"),
        sa.CheckConstraint(_STATUSES, name="known_status"),
        sa.Index("overdue_holds", "expires_at", postgresql_where=sa.text("status = 'held'")),
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
