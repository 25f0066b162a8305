"""The tables of auth's own database; `migrations/` creates them, the repositories use them.

A secret is here as a hash or not at all, but for `keys`, which is what makes tokens ours.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.plumbing import Plumbing

metadata = MetaData()
plumbing = Plumbing(metadata)

_MOMENT = DateTime(timezone=True)


def _authentication() -> "list[Column[object]]":
    """How and when the person behind a code or a family signed in."""
    return [
        Column("authenticated_at", _MOMENT, nullable=False),
        Column("methods", ARRAY(Text), nullable=False),
        Column("session_id", Uuid),
    ]


users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("password_hash", Text),
    Column("imported_by", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("email_verified_at", _MOMENT),
    Column("signed_out_at", _MOMENT),
    Column("kept_session", Uuid),
)

clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("grant_types", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("redirect_uris", ARRAY(Text), nullable=False),
    Column("post_logout_redirect_uris", ARRAY(Text), nullable=False),
    Column("auth_method", Text, nullable=False),
    Column("public_key", JSONB(none_as_null=True)),
    Column("secret_hash", LargeBinary),
    Column("first_party", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=true()),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("issued_at", _MOMENT, nullable=False),
    Column("family_id", Uuid),
    Column("nonce", Text),
    *_authentication(),
    Index("authorization_codes_by_age", "issued_at"),
)

refresh_families = Table(
    "refresh_families",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Column("rotated_at", _MOMENT, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("revoked_at", _MOMENT),
    *_authentication(),
    Index("refresh_families_by_user", "user_id"),
    Index("refresh_families_by_client", "client_id"),
    Index("refresh_families_by_end", "expires_at"),
)

# The primary key is also what makes an assertion good for one exchange only.
token_exchanges = Table(
    "token_exchanges",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("assertion_jti", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("token_jti", Uuid, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("at", _MOMENT, nullable=False),
    Index("token_exchanges_by_user", "user_id", "at"),
)

# What people have allowed clients that are not the shop's own.
consents = Table(
    "consents",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("granted_at", _MOMENT, nullable=False),
)

# A row stays while a token that it means could be alive, for introspection to look at.
revocations = Table(
    "revocations",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("published", Boolean, nullable=False),
    Index("revocations_by_end", "until"),
    Index("revocations_unpublished", "at", postgresql_where=text("NOT published")),
)

# `material` is encrypted, but for rows older than that until a process loads them.
# `signs_from` and `verifies_until` are null for keys that do not sign.
keys = Table(
    "keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("material", LargeBinary, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("signs_from", _MOMENT),
    Column("verifies_until", _MOMENT),
    CheckConstraint("purpose IN ('sign', 'seal')", name="keys_purpose"),
)
