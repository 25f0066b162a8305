"""The tables of what an account's owner does: mails with secrets, second factors, other sign-ins.

They belong to the metadata of `tables.py`; `migrations/` creates them.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from auth.adapters.tables import metadata as metadata

_MOMENT = DateTime(timezone=True)


def _owner(*, primary_key: bool = False) -> "Column[object]":
    owner = ForeignKey("users.id", ondelete="CASCADE")
    return Column("user_id", Uuid, owner, primary_key=primary_key, nullable=False)


# No column for a user: a request to reset a password does not look whether there is one.
pending_mails = Table(
    "pending_mails",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("due_at", _MOMENT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("problem", Text),
    Index("pending_mails_by_due", "due_at"),
)

mailed_tokens = Table(
    "mailed_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    _owner(),
    Column("purpose", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Index("mailed_tokens_by_user", "user_id", "purpose"),
    Index("mailed_tokens_by_end", "expires_at"),
)

# The secret is encrypted; `last_step` is the newest step whose code was taken.
second_factors = Table(
    "second_factors",
    metadata,
    _owner(primary_key=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("confirmed_at", _MOMENT),
    Column("last_step", BigInteger, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    _owner(primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
)

linked_identities = Table(
    "linked_identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    _owner(),
    Column("linked_at", _MOMENT, nullable=False),
    UniqueConstraint("user_id", "issuer", name="linked_identities_one_each"),
)
