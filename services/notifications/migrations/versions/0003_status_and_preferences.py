"""What an order's status is and what its total is made of; and which mails a customer wants.

The third revision of this database; Alembic runs it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every event so far made a message, and the last of them is where the order stands.
_FILL = """
UPDATE orders AS o SET status = replace(m.template, 'order_', '') FROM (
  SELECT DISTINCT ON (order_id) order_id, template FROM messages
  WHERE template IN ('order_confirmed', 'order_rejected', 'order_cancelled')
  ORDER BY order_id, id DESC
) AS m WHERE m.order_id = o.order_id
"""
_STATUSES = "'waiting', 'pending', 'sent', 'undeliverable'"


def upgrade() -> None:
    """Adds the columns and the table, and lets a message be left out."""
    op.add_column("orders", sa.Column("status", sa.Text))
    op.add_column("orders", sa.Column("amounts", JSONB))
    op.execute(_FILL)
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("informational", sa.Boolean, nullable=False),
        sa.Column("turned_off", ARRAY(sa.Text), nullable=False),
    )
    _constrain(f"{_STATUSES}, 'left_out'", "'waiting', 'left_out'")


def downgrade() -> None:
    """Takes them away again, with the record of what was left out."""
    op.execute("DELETE FROM messages WHERE status = 'left_out'")
    _constrain(_STATUSES, "'waiting'")
    op.drop_table("notification_preferences")
    op.drop_column("orders", "amounts")
    op.drop_column("orders", "status")


def _constrain(known: str, unaddressed: str) -> None:
    for name, condition in (
        ("known_status", f"status IN ({known})"),
        ("addressed_unless_waiting", f"status IN ({unaddressed}) OR email IS NOT NULL"),
    ):
        op.drop_constraint(name, "messages", type_="check")
        op.create_check_constraint(name, "messages", condition)
