"""OpenID Connect, clients registered by the admin, consents, revocations and keys that rotate.

Alembic runs it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What rows from before this revision are taken to say, since they did not say it.
_METHODS = "'{pwd}'"
_AUTHENTICATED = {
    "authorization_codes": "issued_at",
    "refresh_families": "expires_at - interval '30 days'",
}
_CLIENT_COLUMNS = (
    ("post_logout_redirect_uris", ARRAY(sa.Text), "'{}'"),
    ("auth_method", sa.Text, "'none'"),
    ("first_party", sa.Boolean, "false"),
    ("version", sa.Integer, "1"),
    ("created_at", sa.DateTime(timezone=True), "now()"),
)


def upgrade() -> None:
    """Adds everything."""
    op.add_column("authorization_codes", sa.Column("nonce", sa.Text))
    for table, moment in _AUTHENTICATED.items():
        _add_authentication(table, moment)
    op.create_index("refresh_families_by_client", "refresh_families", ["client_id"])
    for name, kind, old in _CLIENT_COLUMNS:
        _add_filled("clients", name, kind, old)
    op.add_column("clients", sa.Column("secret_hash", sa.LargeBinary))
    op.execute("UPDATE clients SET auth_method = 'private_key_jwt' WHERE public_key IS NOT NULL")
    _create_consents()
    _create_revocations()
    _add_filled("keys", "encrypted", sa.Boolean, "false")
    op.add_column("keys", sa.Column("signs_from", sa.DateTime(timezone=True)))
    op.add_column("keys", sa.Column("verifies_until", sa.DateTime(timezone=True)))
    op.execute("UPDATE keys SET signs_from = created_at WHERE purpose = 'sign'")


def downgrade() -> None:
    """Drops everything; keys that are encrypted by then are of no more use to older code."""
    op.execute("DELETE FROM keys WHERE encrypted")
    for name in ("verifies_until", "signs_from", "encrypted"):
        op.drop_column("keys", name)
    op.drop_table("revocations")
    op.drop_table("consents")
    for name in ("secret_hash", *(name for name, _kind, _old in _CLIENT_COLUMNS)):
        op.drop_column("clients", name)
    op.drop_index("refresh_families_by_client", "refresh_families")
    for table in _AUTHENTICATED:
        for name in ("methods", "authenticated_at"):
            op.drop_column(table, name)
    op.drop_column("authorization_codes", "nonce")


def _add_filled(
    table: str, name: str, kind: type[TypeEngine[Any]] | TypeEngine[Any], old: str
) -> None:
    """Adds a column that is never null; rows that are there get `old`, new ones must say."""
    column: sa.Column[Any] = sa.Column(name, kind, server_default=sa.text(old), nullable=False)
    op.add_column(table, column)
    op.alter_column(table, name, server_default=None)


def _add_authentication(table: str, moment: str) -> None:
    op.add_column(table, sa.Column("authenticated_at", sa.DateTime(timezone=True)))
    op.execute(f"UPDATE {table} SET authenticated_at = {moment}")  # noqa: S608  our own names
    op.alter_column(table, "authenticated_at", nullable=False)
    _add_filled(table, "methods", ARRAY(sa.Text), _METHODS)


def _create_consents() -> None:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    op.create_table(
        "consents",
        sa.Column("user_id", sa.Uuid, owner, primary_key=True),
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.Index("revocations_by_end", "until"),
        sa.Index("revocations_unpublished", "at", postgresql_where=sa.text("NOT published")),
    )
