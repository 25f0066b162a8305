"""What an account's owner does: verified addresses, mails with secrets, second factors, links.

Adds columns to `users` and to the grants, and five tables; Alembic runs it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds everything."""
    for name in ("email_verified_at", "signed_out_at"):
        op.add_column("users", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("kept_session", sa.Uuid))
    for table in ("authorization_codes", "refresh_families"):
        op.add_column(table, sa.Column("session_id", sa.Uuid))
    _create_mails()
    _create_second_factors()
    op.create_table(
        "linked_identities",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        _owner(),
        _moment("linked_at"),
        sa.UniqueConstraint("user_id", "issuer", name="linked_identities_one_each"),
    )


def downgrade() -> None:
    """Drops everything."""
    secrets = ("recovery_codes", "second_factors", "mailed_tokens", "pending_mails")
    for table in ("linked_identities", *secrets):
        op.drop_table(table)
    for table in ("refresh_families", "authorization_codes"):
        op.drop_column(table, "session_id")
    for name in ("kept_session", "signed_out_at", "email_verified_at"):
        op.drop_column("users", name)


def _create_mails() -> None:
    op.create_table(
        "pending_mails",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        _moment("created_at"),
        _moment("due_at"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Index("pending_mails_by_due", "due_at"),
    )
    op.create_table(
        "mailed_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        _owner(),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        _moment("expires_at"),
        sa.Index("mailed_tokens_by_user", "user_id", "purpose"),
        sa.Index("mailed_tokens_by_end", "expires_at"),
    )


def _create_second_factors() -> None:
    op.create_table(
        "second_factors",
        _owner(primary_key=True),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        _moment("created_at"),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("last_step", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        _owner(primary_key=True),
        sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _owner(*, primary_key: bool = False) -> sa.Column[object]:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column("user_id", sa.Uuid, owner, primary_key=primary_key, nullable=False)
