"""What happens to an order once it is confirmed, and everything that happened to it.

The fourth revision of this database; Alembic runs it. Orders placed before have an empty timeline.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


_STATUSES = "'pending', 'confirmed', 'rejected', 'cancelled'"
_LATER = "'packed', 'partially_shipped', 'shipped', 'delivered', 'returned'"


def upgrade() -> None:
    """Adds the money to the orders, and a table each for shipments, returns, refunds, timeline."""
    _allow_statuses(f"{_STATUSES}, {_LATER}")
    for name in ("captured", "refunded"):
        op.add_column(
            "orders", sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"))
        )
    _create_shipments()
    _create_returns()
    _create_refunds()
    _create_timeline()


def downgrade() -> None:
    """Drops them; an order that has gone further than confirmed prevents it."""
    for table in ("order_timeline", "order_refunds", "order_returns", "order_shipments"):
        op.drop_table(table)
    for name in ("refunded", "captured"):
        op.drop_column("orders", name)
    _allow_statuses(_STATUSES)


def _allow_statuses(statuses: str) -> None:
    op.drop_constraint("orders_status_check", "orders")
    op.create_check_constraint("orders_status_check", "orders", f"status IN ({statuses})")


def _create_shipments() -> None:
    op.create_table(
        "order_shipments",
        *_key(),
        sa.Column("quantities", JSONB, nullable=False),
        sa.Column("carrier", sa.Text),
        sa.Column("tracking", sa.Text),
        sa.Column("charge", sa.BigInteger, nullable=False),
        sa.Column("charge_status", sa.Text, nullable=False),
        sa.Column("charge_problem", sa.Text),
        _moment("shipped_at", nullable=False),
        _moment("delivered_at"),
    )


def _create_returns() -> None:
    op.create_table(
        "order_returns",
        *_key(),
        sa.Column("quantities", JSONB, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("refund", sa.BigInteger),
        sa.Column("refusal", sa.Text),
        sa.Column("restocked", sa.Boolean, nullable=False),
        _moment("requested_at", nullable=False),
        _moment("closed_at"),
    )


def _create_refunds() -> None:
    op.create_table(
        "order_refunds",
        *_key(),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("return_id", sa.Uuid),
        sa.Column("problem", sa.Text),
        _moment("requested_at", nullable=False),
        _moment("closed_at"),
    )


def _create_timeline() -> None:
    op.create_table(
        "order_timeline",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
        _moment("at", nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text),
        sa.Column("message_id", sa.Uuid),
        sa.Column("actor", sa.Text),
        sa.Column("attempt", sa.Integer),
        sa.Column("compensation", sa.Boolean, nullable=False),
    )


def _key() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("order_id", sa.Uuid, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
