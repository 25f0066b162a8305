"""Accounts, clients, grants and keys, with the plumbing's tables.

The first revision of auth's database; Alembic runs it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.plumbing import create_plumbing, drop_plumbing

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates everything."""
    create_plumbing()
    _create_users()
    _create_clients()
    _create_codes()
    _create_families()
    _create_exchanges()
    op.create_table(
        "keys",
        sa.Column("kid", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("material", sa.LargeBinary, nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("purpose IN ('sign', 'seal')", name="keys_purpose"),
    )


def downgrade() -> None:
    """Drops everything."""
    grants = ("token_exchanges", "refresh_families", "authorization_codes")
    for table in ("keys", *grants, "clients", "users"):
        op.drop_table(table)
    drop_plumbing()


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", ARRAY(sa.Text), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("imported_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        _moment("created_at"),
    )


def _create_clients() -> None:
    op.create_table(
        "clients",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("grant_types", ARRAY(sa.Text), nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("redirect_uris", ARRAY(sa.Text), nullable=False),
        sa.Column("public_key", JSONB),
        sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    )


def _create_codes() -> None:
    op.create_table(
        "authorization_codes",
        sa.Column("code_hash", sa.LargeBinary, primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False),
        _user(),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("code_challenge", sa.Text, nullable=False),
        _moment("issued_at"),
        sa.Column("family_id", sa.Uuid),
        sa.Index("authorization_codes_by_age", "issued_at"),
    )


def _create_families() -> None:
    op.create_table(
        "refresh_families",
        sa.Column("id", sa.Uuid, primary_key=True),
        _user(),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        _moment("expires_at"),
        _moment("rotated_at"),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Index("refresh_families_by_user", "user_id"),
        sa.Index("refresh_families_by_end", "expires_at"),
    )


def _create_exchanges() -> None:
    op.create_table(
        "token_exchanges",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("assertion_jti", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("token_jti", sa.Uuid, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        _moment("at"),
        sa.Index("token_exchanges_by_user", "user_id", "at"),
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _user() -> sa.Column[object]:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column("user_id", sa.Uuid, owner, nullable=False)
