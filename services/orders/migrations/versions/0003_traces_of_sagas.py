"""The trace that an order began in, so that its saga's timers go on with it.

The third revision of this database; Alembic runs it. Sagas placed before have none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; with no default it rewrites nothing."""
    op.add_column("order_sagas", sa.Column("traceparent", sa.Text))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("order_sagas", "traceparent")
