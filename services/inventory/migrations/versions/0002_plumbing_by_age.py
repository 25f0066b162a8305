"""Indexes by which the purge finds old idempotency keys and old inbox rows.

The second revision of this database; Alembic runs it.
"""

from chassis.plumbing import index_plumbing, unindex_plumbing

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the indexes."""
    index_plumbing()


def downgrade() -> None:
    """Drops them."""
    unindex_plumbing()
