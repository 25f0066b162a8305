"""Units that came back from customers, on each SKU, in the movements and by reservation.

The third revision of inventory's database; Alembic runs it. `sold` never falls by a return: what
is with customers now is sold less returned.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns; constants as defaults rewrite nothing."""
    for table in ("stock", "movements"):
        column = sa.Column("returned", sa.BigInteger, nullable=False, server_default="0")
        op.add_column(table, column)
    op.add_column(
        "reservations", sa.Column("returns", JSONB, nullable=False, server_default=sa.text("'{}'"))
    )
    op.create_check_constraint("returned_was_sold", "stock", "returned BETWEEN 0 AND sold")


def downgrade() -> None:
    """Drops them."""
    op.drop_constraint("returned_was_sold", "stock")
    for table, column in (
        ("reservations", "returns"),
        ("movements", "returned"),
        ("stock", "returned"),
    ):
        op.drop_column(table, column)
