"""The audit trail: who changed what with a staff role, as a machine or on behalf of another.

A row is never changed and never removed: a trigger refuses both. Alembic runs it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_GUARD = """
CREATE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit trail is only ever added to'; END $$
"""
_TRIGGER = """
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail()
"""


def upgrade() -> None:
    """Creates the table, the indexes of its filters, and its guard."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(_text(name) for name in ("service", "operation", "actor")),
        sa.Column("on_behalf_of", sa.Text),
        _text("client_id"),
        sa.Column("roles", ARRAY(sa.Text), nullable=False),
        *(_text(name) for name in ("target", "method", "path")),
        sa.Column("outcome", sa.Text),
        _text("request_id"),
        *(
            sa.Index(f"audit_entries_by_{name}", name, "id")
            for name in ("actor", "target", "operation")
        ),
    )
    op.execute(_GUARD)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Drops everything."""
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION refuse_change_of_trail")


def _text(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.Text, nullable=False)
